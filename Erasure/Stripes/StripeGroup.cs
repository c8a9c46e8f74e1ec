using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// Stripes that are being filled, shard-major, so that each drive's piece is one run of memory:
/// <code>
/// shard 0: | stripe 0 | stripe 1 | ... | shard 1: | stripe 0 | ...      shard i begins at i × stride
/// </code>
/// </summary>
internal sealed class StripeGroup(SharedBuffer buffer, Scheme scheme, int strideBytes)
{
    public SharedBuffer Buffer => buffer;

    public int SizeBytes => scheme.TotalShards * strideBytes;

    public ReadOnlyMemory<byte> Piece(int shard, int lengthBytes) => buffer.Memory.Slice(shard * strideBytes, lengthBytes);

    /// <summary>
    /// The bytes from position <paramref name="fill"/> of a stripe to the end of its block, or further where the next
    /// block lies directly behind.
    /// </summary>
    public Memory<byte> Run(int stripe, int blockBytes, int fill)
    {
        var (shard, offset) = Math.DivRem(fill, blockBytes);
        var start = shard * strideBytes + stripe * ShardLayout.BlockSizeBytes + offset;
        var isOneRun = scheme.DataShards == 1 || (blockBytes == strideBytes && stripe == 0);
        var end = isOneRun ? scheme.DataShards * strideBytes : start + blockBytes - offset;
        return buffer.Memory[start..end];
    }

    /// <summary>
    /// Moves the data of a last stripe, which was filled as if it had full blocks, to blocks of <paramref name="blockBytes"/>.
    /// Bytes only move to higher shards, so going from the last to the first overwrites nothing that is still needed.
    /// </summary>
    public void Narrow(int stripe, int fill, int blockBytes)
    {
        const int full = ShardLayout.BlockSizeBytes;
        for (var shard = Math.Min(scheme.DataShards, (fill + blockBytes - 1) / blockBytes) - 1; shard > 0; shard--)
        {
            var target = Block(shard, stripe, blockBytes);
            var from = shard * blockBytes;
            var to = Math.Min(fill, from + blockBytes);
            // The part that comes from the higher block first: it may lie in the target's own block.
            var boundary = Math.Clamp((to - 1) / full * full, from, to);
            Block((to - 1) / full, stripe, full)[(boundary % full)..((to - 1) % full + 1)].CopyTo(target[(boundary - from)..]);
            if (boundary > from)
                Block(from / full, stripe, full)[(from % full)..].CopyTo(target);
        }
    }

    /// <summary>Zeroes what the data leaves free of the stripe's data blocks.</summary>
    public void Pad(int stripe, int blockBytes, int fill)
    {
        for (var shard = fill / blockBytes; shard < scheme.DataShards; shard++)
            Block(shard, stripe, blockBytes)[Math.Max(0, fill - shard * blockBytes)..].Clear();
    }

    /// <summary>Computes the stripe's parity and the checksums of all its blocks, while they are in the processor's cache.</summary>
    public void Seal(ReedSolomon codec, WriteLane[] lanes, BlobId blob, int stripe, int firstBlock, int blockBytes)
    {
        var start = stripe * ShardLayout.BlockSizeBytes;
        var all = buffer.Memory.Span;
        var dataEnd = scheme.DataShards * strideBytes;
        if (scheme.ParityShards > 0)
            codec.Encode(all[start..dataEnd], strideBytes, all[(dataEnd + start)..SizeBytes], strideBytes, blockBytes);
        foreach (var lane in lanes)
        {
            var block = firstBlock + stripe;
            lane.SetChecksum(block, BlockChecksum.Compute(blob, lane.Shard, block, Block(lane.Shard, stripe, blockBytes)));
        }
    }

    private Span<byte> Block(int shard, int stripe, int blockBytes) =>
        buffer.Memory.Span.Slice(shard * strideBytes + stripe * ShardLayout.BlockSizeBytes, blockBytes);
}
