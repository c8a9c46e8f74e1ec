using System.IO.Pipelines;
using ObjectStore.Erasure.Stripes;

namespace ObjectStore.Server.Objects;

/// <summary>A content that is a sequence of blobs, of any lengths.</summary>
internal sealed class BlobContent : OpenContent
{
    private readonly IBlobStore _store;
    private readonly List<BlobLayout> _blobs;
    private readonly long[] _ends;

    public BlobContent(IBlobStore store, List<BlobLayout> blobs)
    {
        _store = store;
        _blobs = blobs;
        _ends = new long[blobs.Count];
        var end = 0L;
        for (var i = 0; i < _ends.Length; i++) _ends[i] = end += blobs[i].LengthBytes;
    }

    public IReadOnlyList<BlobLayout> Blobs => _blobs;

    public override int Depth => 0;

    protected internal override ValueTask<bool> UsesSchemeAsync(SchemeQuestion question, long offset, long length, CancellationToken ct) =>
        new(_blobs.TrueForAll(blob => blob.Scheme == question.Scheme));

    public override async ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        var index = Offsets.IndexOf(_ends, offset);
        while (length > 0)
        {
            var blob = _blobs[index];
            var within = offset - (_ends[index] - blob.LengthBytes);
            var count = Math.Min(length, blob.LengthBytes - within);
            await _store.ReadAsync(blob, within, count, destination, ct);
            offset += count;
            length -= count;
            index++;
            // Everything is flushed already; this tells whether anybody still reads.
            if (length > 0 && await destination.FlushAsync(ct) is { IsCompleted: true } or { IsCanceled: true }) return;
        }
    }
}

internal static class Offsets
{
    /// <summary>The first piece that ends behind <paramref name="offset"/>, by binary search.</summary>
    public static int IndexOf(ReadOnlySpan<long> ends, long offset)
    {
        var low = 0;
        var high = ends.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (ends[middle] > offset) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
