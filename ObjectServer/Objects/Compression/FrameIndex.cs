using System.Buffers.Binary;
using System.IO.Pipelines;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Finds frames in a compressed content: in its record, or with one small read of a table.</summary>
internal sealed class FrameIndex
{
    private readonly OpenContent _stored;
    private readonly CompressionRecord _record;
    private readonly ContentId _id;

    /// <param name="storedBytes">Of the frames, with their tables.</param>
    /// <exception cref="BlobStoreException">The record is not one that this version writes, or not of these bytes.</exception>
    public FrameIndex(OpenContent stored, long storedBytes, CompressionRecord record, ContentId id)
    {
        (_stored, _record, _id) = (stored, record, id);
        if (record.Method != FrameFormat.Method || record.FrameSize is 0 or > FrameFormat.MaxFrameBytes) throw Damaged("is compressed in a way that this version does not know");
        FrameCount = FrameFormat.FrameCount((long)record.Length, FrameBytes);
        var isListed = record.Tables.Count == 0;
        var expected = isListed ? FrameCount : (FrameCount + FrameFormat.GroupFrames - 1) / FrameFormat.GroupFrames;
        if (expected != (isListed ? record.Frames.Count : record.Tables.Count)) throw Damaged("lacks frames");
        if (StoredLength(record) != (ulong)storedBytes) throw Damaged("is not as long as its frames");
    }

    /// <summary>What a content so described is long, as it is stored; null if it is described in no way that this version knows.</summary>
    public static ulong? StoredLength(CompressionRecord record)
    {
        if (record.Method != FrameFormat.Method || record.FrameSize == 0) return null;
        if (record.Tables.Count == 0)
        {
            var sum = 0UL;
            foreach (var frame in record.Frames) sum += frame;
            return sum;
        }
        var lastGroup = FrameFormat.FrameCount((long)record.Length, (int)record.FrameSize) - ((record.Tables.Count - 1L) * FrameFormat.GroupFrames);
        return record.Tables[^1] + FrameFormat.HeaderBytes + ((ulong)lastGroup * FrameFormat.EntryBytes);
    }

    public int FrameBytes => (int)_record.FrameSize;

    public long FrameCount { get; }

    /// <summary>The last frame that can be read in one piece with this one: behind it stands a table.</summary>
    public long LastOfGroup(long frame) => Math.Min(FrameCount, ((frame / FrameFormat.GroupFrames) + 1) * FrameFormat.GroupFrames) - 1;

    /// <summary>Where the frames from <paramref name="first"/> to <paramref name="last"/>, of one group, begin and end.</summary>
    /// <exception cref="BlobStoreException">The table cannot be read, or is none.</exception>
    public async ValueTask<(long From, long To)> FindAsync(long first, long last, CancellationToken ct)
    {
        if (_record.Tables.Count == 0) return FindListed((int)first, (int)last);
        var group = (int)(first / FrameFormat.GroupFrames);
        var groupStart = group == 0 ? 0 : (long)_record.Tables[group - 1] + FrameFormat.TableBytes;
        var table = (long)_record.Tables[group];
        var (from, to) = ((int)(first % FrameFormat.GroupFrames) - 1, (int)(last % FrameFormat.GroupFrames));
        if (groupStart >= table) throw Damaged("has tables in disorder");
        if (from < 0 && last == LastOfGroup(first)) return (groupStart, table);

        var begin = Math.Max(from, 0);
        var ends = await ReadAsync(table + FrameFormat.HeaderBytes + (begin * FrameFormat.EntryBytes), (to - begin + 1) * FrameFormat.EntryBytes, ct);
        var range = (From: from < 0 ? groupStart : groupStart + EntryOf(ends, 0), To: groupStart + EntryOf(ends, to - begin));
        return range.From < range.To && range.To <= table ? range : throw Damaged("has a damaged table");
    }

    public BlobStoreException Damaged(string how) => new(BlobStoreFault.Unreadable, $"Content {_id} {how}.");

    private (long From, long To) FindListed(int first, int last)
    {
        var from = 0L;
        for (var i = 0; i < first; i++) from += _record.Frames[i];
        var to = from;
        for (var i = first; i <= last; i++) to += _record.Frames[i];
        return (from, to);
    }

    private async ValueTask<byte[]> ReadAsync(long offset, int length, CancellationToken ct)
    {
        using var bytes = new MemoryStream(length);
        var writer = PipeWriter.Create(bytes);
        await _stored.ReadAsync(offset, length, writer, ct);
        await writer.CompleteAsync();
        // Which has closed the stream, too.
        var read = bytes.ToArray();
        return read.Length == length ? read : throw Damaged("ends within a table");
    }

    private static uint EntryOf(byte[] entries, int index) => BinaryPrimitives.ReadUInt32LittleEndian(entries.AsSpan(index * FrameFormat.EntryBytes));
}
