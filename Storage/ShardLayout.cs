namespace ObjectStore.Storage;

/// <summary>How a shard is cut into blocks: every block but the last is <see cref="BlockSizeBytes"/> long.</summary>
public static class ShardLayout
{
    /// <summary>Bytes of a full block. Small enough that a small range read stays small.</summary>
    public const int BlockSizeBytes = 64 * 1024;

    /// <summary>Longest shard: 256 blocks, so that a block table fits one index entry.</summary>
    public const int MaxShardBytes = 256 * BlockSizeBytes;

    /// <summary>A shard up to this length is one record of the log; a longer one is an extent of a bulk segment.</summary>
    public const int MaxLoggedShardBytes = 256 * 1024;

    /// <summary>Number of blocks of a shard of <paramref name="lengthBytes"/>.</summary>
    public static int BlockCount(long lengthBytes) => (int)((lengthBytes + BlockSizeBytes - 1) / BlockSizeBytes);

    /// <summary>Bytes of block <paramref name="block"/> of a shard of <paramref name="lengthBytes"/>.</summary>
    public static int BlockLength(long lengthBytes, int block) =>
        (int)Math.Min(BlockSizeBytes, lengthBytes - (long)block * BlockSizeBytes);
}
