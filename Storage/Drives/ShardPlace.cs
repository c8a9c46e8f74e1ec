using ObjectStore.Storage.Index;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>Where a shard lies, with its file kept open.</summary>
/// <param name="File">Null if the file is gone although the index names it.</param>
internal sealed record ShardPlace(IndexEntry Entry, IFile? File, IDisposable? Pin) : IDisposable
{
    public void Dispose() => Pin?.Dispose();
}
