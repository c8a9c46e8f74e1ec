namespace ObjectStore.Storage.Index;

internal enum IndexChangeKind
{
    /// <summary>A shard was committed; counts if its LSN is above that of what is there.</summary>
    Commit,

    /// <summary>A shard was copied forward; counts only if it still stands where it was copied from.</summary>
    Move,

    /// <summary>A shard was deleted; with an expected entry only if it still stands there.</summary>
    Delete,
}

internal readonly record struct IndexChange(IndexChangeKind Kind, BlobId Blob, int Shard, IndexEntry? Entry, IndexEntry? Expected)
{
    public static IndexChange Commit(BlobId blob, int shard, IndexEntry entry) => new(IndexChangeKind.Commit, blob, shard, entry, null);

    public static IndexChange Move(BlobId blob, int shard, IndexEntry from, IndexEntry to) => new(IndexChangeKind.Move, blob, shard, to, from);

    public static IndexChange Delete(BlobId blob, int shard, IndexEntry? expected = null) => new(IndexChangeKind.Delete, blob, shard, null, expected);
}

/// <summary>RocksDB answered with bytes that are not what was written: the index must be thrown away and rebuilt.</summary>
internal sealed class IndexDamagedException(string message) : IOException(message);
