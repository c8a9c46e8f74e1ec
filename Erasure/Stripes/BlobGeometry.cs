using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// How a blob's bytes lie on its k data shards.
/// <code>
/// stripe s (full):  k blocks of 64 KiB; data byte s·k·64Ki + i·64Ki + j is byte j of block s of shard i
/// last stripe:      k blocks of b = ceil(rest / k) bytes, the data padded with zeros at its end
/// </code>
/// All shards of a blob, parity included, have the same length.
/// </summary>
public static class BlobGeometry
{
    public static long MaxBlobBytes(Scheme scheme) => (long)scheme.DataShards * ShardLayout.MaxShardBytes;

    public static long StripeBytes(Scheme scheme) => (long)scheme.DataShards * ShardLayout.BlockSizeBytes;

    /// <summary>Bytes of every shard of a blob of <paramref name="lengthBytes"/> bytes of data.</summary>
    public static long ShardBytes(Scheme scheme, long lengthBytes)
    {
        var stripe = StripeBytes(scheme);
        var (full, rest) = Math.DivRem(lengthBytes, stripe);
        return full * ShardLayout.BlockSizeBytes + (rest + scheme.DataShards - 1) / scheme.DataShards;
    }
}
