using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A content that was uploaded in parts. Only the manifest rows that a read touches are loaded, one at a time.</summary>
internal sealed class ManifestContent : OpenContent
{
    /// <summary>Parts in one row of table m.</summary>
    public const int PartsPerRow = 500;

    private readonly ObjectEngine _engine;
    private readonly ContentId _id;
    private readonly ContentRecord _record;
    private readonly long[] _rowEnds;
    private readonly ContentSeal? _seal;
    private Row? _loaded;

    public ManifestContent(ObjectEngine engine, ContentId id, ContentRecord record, ContentSeal? seal)
    {
        _seal = seal;
        _engine = engine;
        _id = id;
        _record = record;
        _rowEnds = new long[record.Manifest.Count];
        for (var i = 0; i < _rowEnds.Length; i++) _rowEnds[i] = (long)record.Manifest[i].EndOffset;
    }

    public override int Depth => (int)_record.Depth;

    protected internal override async ValueTask<bool> UsesSchemeAsync(SchemeQuestion question, long offset, long length, CancellationToken ct)
    {
        await foreach (var part in PartsAfterAsync(0, ct))
        {
            var begin = (long)(part.EndOffset - part.Length);
            // How far into the part the bytes begin that are asked for.
            var skip = Math.Max(0, offset - begin);
            var count = Math.Min((long)part.Length - skip, length - Math.Max(0, begin - offset));
            if (part.ContentId.IsEmpty || count <= 0) continue;
            var (id, from) = (ContentId.FromField(part.ContentId), (long)part.SliceOffset + skip);
            if (question.IsExhausted) return false;
            if (!question.Ask(id, from, count)) continue;
            var content = await OpenAsync(_engine, id, _seal, ct);
            if (!await content.UsesSchemeAsync(question, from, count, ct)) return false;
        }
        return true;
    }

    public override async ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        var row = Offsets.IndexOf(_rowEnds, offset);
        while (length > 0)
        {
            var (parts, ends) = await LoadAsync(row, ct);
            for (var i = Offsets.IndexOf(ends, offset); i < ends.Length && length > 0; i++)
            {
                var part = parts.Parts[i];
                var within = offset - (ends[i] - (long)part.Length);
                var count = Math.Min(length, (long)part.Length - within);
                if (count == 0) continue;
                var content = await OpenAsync(_engine, ContentId.FromField(part.ContentId), _seal, ct);
                await content.ReadAsync((long)part.SliceOffset + within, count, destination, ct);
                offset += count;
                length -= count;
                // Everything is flushed already; this tells whether anybody still reads.
                if (length > 0 && await destination.FlushAsync(ct) is { IsCompleted: true } or { IsCanceled: true }) return;
            }
            row++;
        }
    }

    public async ValueTask<ManifestPart?> FindPartAsync(int partNumber, CancellationToken ct)
    {
        await foreach (var part in PartsAfterAsync(partNumber - 1, ct)) return part.PartNumber == (uint)partNumber ? part : null;
        return null;
    }

    public async IAsyncEnumerable<ManifestPart> PartsAfterAsync(int partNumber, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var row = 0; row < _record.Manifest.Count; row++)
        {
            if (_record.Manifest[row].LastPartNumber <= partNumber) continue;
            var (parts, _) = await LoadAsync(row, ct);
            foreach (var part in parts.Parts)
            {
                if (part.PartNumber > partNumber) yield return part;
            }
        }
    }

    public static PartInfo ToInfo(ManifestPart part) => new(
        (int)part.PartNumber,
        (long)(part.EndOffset - part.Length),
        (long)part.Length,
        ObjectInfos.ETagOf(part.Etag.Span, 0),
        ObjectInfos.ToChecksum(part.Checksum),
        KvRecords.FromTicks(part.ModifiedTicks));

    private async ValueTask<Row> LoadAsync(int index, CancellationToken ct)
    {
        if (_loaded is { } loaded && loaded.Index == index) return loaded;
        using var snapshot = _engine.Store.Snapshot();
        var chunk = await snapshot.GetRecordAsync(SchemaKeys.Manifest(_id, (uint)index), ManifestChunk.Parser, ct)
            ?? throw new KvException(KvFault.Corrupt, $"Manifest {_id} lacks row {index}.");
        var ends = new long[chunk.Parts.Count];
        for (var i = 0; i < ends.Length; i++) ends[i] = (long)chunk.Parts[i].EndOffset;
        return _loaded = new Row(index, chunk, ends);
    }

    private sealed record Row(int Index, ManifestChunk Parts, long[] Ends)
    {
        public void Deconstruct(out ManifestChunk parts, out long[] ends) => (parts, ends) = (Parts, Ends);
    }
}
