using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>The stripes of one blob whose length is known; see <see cref="BlobGeometry"/> for the picture.</summary>
internal readonly record struct StripeLayout(Scheme Scheme, long LengthBytes)
{
    public long StripeBytes => BlobGeometry.StripeBytes(Scheme);

    public long ShardBytes => BlobGeometry.ShardBytes(Scheme, LengthBytes);

    /// <summary>Number of stripes, which is that of the blocks of every shard.</summary>
    public int StripeCount => ShardLayout.BlockCount(ShardBytes);

    /// <summary>Bytes of each block of a stripe: 64 KiB but for the last stripe.</summary>
    public int BlockBytes(int stripe) => ShardLayout.BlockLength(ShardBytes, stripe);

    /// <summary>Bytes of every shard in <paramref name="count"/> stripes from <paramref name="first"/> on.</summary>
    public int PieceBytes(int first, int count) => (count - 1) * ShardLayout.BlockSizeBytes + BlockBytes(first + count - 1);
}
