using System.IO.Pipelines;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// One call of <see cref="IBlobStore.ReadAsync"/>: a range of a blob goes into a pipe, while the next group of stripes
/// is read ahead.
/// </summary>
/// <remarks>
/// Drives read into buffers of this side, and the verified bytes are copied to the pipe. Reading into the pipe's own
/// memory would save the copy, but a read that hangs would then write into memory that the pipe has given to others.
/// </remarks>
internal sealed class BlobReader(BlobStoreContext context, BlobLayout blob, long offset, long end, PipeWriter destination)
{
    /// <summary>Bytes that are copied between two flushes: what was copied is sent while it is in the processor's cache.</summary>
    private const int FlushBytes = 256 * 1024;

    private readonly IPieceWriter? _pieces = destination as IPieceWriter;
    private readonly StripeReader _stripes = new(context, blob);
    private readonly int _endStripe = (int)((end - 1) / BlobGeometry.StripeBytes(blob.Scheme)) + 1;
    private ReadGroup _current = new(new StripeLayout(blob.Scheme, blob.LengthBytes));
    private ReadGroup? _next;

    private StripeLayout Layout => _stripes.Layout;

    public async ValueTask RunAsync(CancellationToken ct)
    {
        var stripe = (int)(offset / Layout.StripeBytes);
        while (stripe < _endStripe)
        {
            Begin(_current, stripe);
            var bytes = BufferBytes(_current);
            // Waits for room only while it holds none.
            _current.Buffer ??= new SharedBuffer(await context.Pool.RentAsync(Math.Max(bytes, 1), ct));
            Issue(_current, ct);

            while (true)
            {
                await _stripes.CompleteAsync(_current, ct);
                stripe = _current.FirstStripe + _current.StripeCount;
                var isAhead = stripe < _endStripe && TryReadAhead(stripe, ct);
                if (!await CopyAsync(ct))
                    return;
                _current.Recycle();
                if (!isAhead)
                    break;
                (_current, _next) = (_next!, _current);
            }
        }
    }

    /// <summary>Lets go of everything; what still runs on the drives keeps its buffer until it ends.</summary>
    public void Release()
    {
        foreach (var group in (ReadOnlySpan<ReadGroup?>)[_current, _next])
        {
            group?.Recycle();
            group?.ReleaseBuffer();
        }

        _stripes.Release();
    }

    private void Begin(ReadGroup group, int firstStripe) => group.Begin(
        firstStripe, Math.Min(context.Options.GroupStripes(blob.Scheme), _endStripe - firstStripe), context.Time.GetTimestamp());

    private bool TryReadAhead(int stripe, CancellationToken ct)
    {
        _next ??= new ReadGroup(Layout);
        Begin(_next, stripe);
        var bytes = BufferBytes(_next);
        if (_next.Buffer is null && context.Pool.TryRent(bytes) is { } owner)
            _next.Buffer = new SharedBuffer(owner);
        if (_next.Buffer is null)
            return false;
        Issue(_next, ct);
        return true;
    }

    /// <summary>Asks each data shard for its blocks of the range. One behind the other in the buffer, each aligned.</summary>
    private void Issue(ReadGroup group, CancellationToken ct)
    {
        var at = 0;
        for (var shard = 0; shard < blob.Scheme.DataShards; shard++)
        {
            var (first, count) = BlocksOf(group, shard);
            if (count == 0)
                continue;
            var bytes = Layout.PieceBytes(first, count);
            _stripes.Want(group, shard, first, count, group.Buffer!.Memory.Slice(at, bytes), ct);
            at += AlignUp(bytes);
        }

        _stripes.Prepare(group, ct);
    }

    /// <summary>For a group in the middle of the range all blocks; only that is rented when the first group is the largest.</summary>
    private int BufferBytes(ReadGroup group)
    {
        var bytes = 0;
        for (var shard = 0; shard < blob.Scheme.DataShards; shard++)
        {
            if (BlocksOf(group, shard) is (var first, var count and > 0))
                bytes += AlignUp(Layout.PieceBytes(first, count));
        }

        if (group.Buffer is { } held && held.Memory.Length < bytes)
            group.ReleaseBuffer();
        return bytes;
    }

    /// <summary>The blocks of a shard that the range needs in a group: only its first and its last stripe are partial.</summary>
    private (int First, int Count) BlocksOf(ReadGroup group, int shard)
    {
        var first = group.FirstStripe;
        var last = group.FirstStripe + group.StripeCount - 1;
        while (first <= last && !Needs(first, shard))
            first++;
        while (last > first && !Needs(last, shard))
            last--;
        return (first, last - first + 1);
    }

    private bool Needs(int stripe, int shard)
    {
        var (from, to) = BytesIn(stripe);
        var blockBytes = Layout.BlockBytes(stripe);
        return shard >= from / blockBytes && shard <= (to - 1) / blockBytes;
    }

    /// <summary>The part of a stripe's data that lies in the range, as positions within the stripe.</summary>
    private (int From, int To) BytesIn(int stripe)
    {
        var start = stripe * Layout.StripeBytes;
        return ((int)Math.Max(0, offset - start), (int)Math.Min(Layout.StripeBytes, end - start));
    }

    /// <summary>False when nobody reads the pipe any more.</summary>
    private async ValueTask<bool> CopyAsync(CancellationToken ct)
    {
        var cursor = new Cursor(_current.FirstStripe, BytesIn(_current.FirstStripe).From);
        var rest = 0;
        for (var stripe = _current.FirstStripe; stripe < _current.FirstStripe + _current.StripeCount; stripe++)
            rest += BytesIn(stripe) is var (from, to) ? to - from : 0;

        while (rest > 0)
        {
            var chunk = Math.Min(rest, _pieces?.NextPieceBytes ?? FlushBytes);
            Fill(destination.GetSpan(chunk)[..chunk], ref cursor);
            destination.Advance(chunk);
            rest -= chunk;
            var flushed = await destination.FlushAsync(ct);
            if (flushed.IsCompleted || flushed.IsCanceled)
                return false;
        }

        return true;
    }

    private void Fill(Span<byte> target, ref Cursor cursor)
    {
        while (target.Length > 0)
        {
            var blockBytes = Layout.BlockBytes(cursor.Stripe);
            var (shard, at) = Math.DivRem(cursor.Position, blockBytes);
            var source = _current.Block(shard, cursor.Stripe)[at..];
            var count = Math.Min(source.Length, target.Length);
            source[..count].CopyTo(target);
            target = target[count..];
            cursor = cursor.Position + count == Layout.StripeBytes
                ? new Cursor(cursor.Stripe + 1, 0)
                : cursor with { Position = cursor.Position + count };
        }
    }

    private static int AlignUp(int bytes) => (bytes + 4095) & ~4095;

    /// <summary>A place in the blob's data: byte <paramref name="Position"/> of a stripe.</summary>
    private readonly record struct Cursor(int Stripe, int Position);
}
