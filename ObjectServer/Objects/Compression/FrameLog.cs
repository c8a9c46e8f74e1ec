using System.Buffers.Binary;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Where the frames of a content that is being written end. Holds one group of frames, and one number for each group before.</summary>
internal sealed class FrameLog(int frameBytes)
{
    private readonly List<uint> _ends = [];
    private readonly List<ulong> _tables = [];
    private long _groupStart;

    /// <summary>Frames so far.</summary>
    public long Count { get; private set; }

    /// <summary>Stored bytes so far, tables too.</summary>
    public long Position { get; private set; }

    /// <summary>A group is full: its table has to come before the next frame.</summary>
    public bool WantsTable => _ends.Count == FrameFormat.GroupFrames;

    /// <summary>The content is at its end, and its last group still has to have a table.</summary>
    public bool WantsLastTable => _ends.Count > 0 && Count > FrameFormat.MaxListedFrames;

    public void Add(int storedBytes)
    {
        Position += storedBytes;
        Count++;
        _ends.Add((uint)(Position - _groupStart));
    }

    /// <summary>Writes the table of the group with its header, and begins the next group.</summary>
    public int WriteTable(Span<byte> destination)
    {
        var entries = destination.Slice(FrameFormat.HeaderBytes, _ends.Count * FrameFormat.EntryBytes);
        for (var i = 0; i < _ends.Count; i++) BinaryPrimitives.WriteUInt32LittleEndian(entries[(i * FrameFormat.EntryBytes)..], _ends[i]);
        FrameFormat.WriteHeader(destination, FrameKind.Table, _tables.Count, entries);
        _tables.Add((ulong)Position);
        _ends.Clear();
        Position += FrameFormat.HeaderBytes + entries.Length;
        _groupStart = Position;
        return FrameFormat.HeaderBytes + entries.Length;
    }

    /// <param name="plainBytes">Of the whole body.</param>
    public CompressionRecord ToRecord(long plainBytes)
    {
        var record = new CompressionRecord { Method = FrameFormat.Method, FrameSize = (uint)frameBytes, Length = (ulong)plainBytes };
        record.Tables.AddRange(_tables);
        var start = 0u;
        foreach (var end in _ends)
        {
            record.Frames.Add(end - start);
            start = end;
        }
        return record;
    }
}
