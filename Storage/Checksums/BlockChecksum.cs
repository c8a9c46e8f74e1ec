using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ObjectStore.Storage.Checksums;

/// <summary>
/// Checksums of a shard's blocks: XXH3-64, seeded with the block's place, so that a block that is intact but lies in
/// the wrong place (other blob, shard or number) fails. Part of the disk format.
/// </summary>
public static class BlockChecksum
{
    private const int PlaceBytes = BlobId.SizeBytes + 8;

    /// <summary>Number that stands for "all blocks" where a block's number would be.</summary>
    private const int WholeShard = -1;

    /// <summary>Checksum of one block.</summary>
    public static ulong Compute(BlobId blob, int shard, int block, ReadOnlySpan<byte> data) =>
        XxHash3.Hash64(data, Seed(blob, shard, block));

    /// <summary>Checksum over a shard's length and block checksums: two shards with equal roots are equal.</summary>
    public static ulong Root(BlobId blob, int shard, long lengthBytes, ReadOnlySpan<ulong> blockChecksums)
    {
        var seed = Seed(blob, shard, WholeShard) ^ (ulong)lengthBytes;
        if (BitConverter.IsLittleEndian) return XxHash3.Hash64(MemoryMarshal.AsBytes(blockChecksums), seed);

        Span<byte> bytes = stackalloc byte[ShardLayout.BlockCount(ShardLayout.MaxShardBytes) * sizeof(ulong)];
        for (var i = 0; i < blockChecksums.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * 8)..], blockChecksums[i]);
        return XxHash3.Hash64(bytes[..(blockChecksums.Length * 8)], seed);
    }

    private static ulong Seed(BlobId blob, int shard, int block)
    {
        Span<byte> place = stackalloc byte[PlaceBytes];
        blob.WriteTo(place);
        BinaryPrimitives.WriteInt32BigEndian(place[16..], shard);
        BinaryPrimitives.WriteInt32BigEndian(place[20..], block);
        return XxHash3.Hash64(place, 0);
    }
}
