using System.Collections.Concurrent;

namespace ObjectStore.Server.Replication;

/// <summary>Uploads at plain S3 endpoints that were begun and not completed, so that the next attempt goes on with them. Kept in memory: after a restart an upload is begun anew.</summary>
internal sealed class PlainUploads
{
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<(string Remote, string Bucket, string Key, string Version), string> _uploads = new();

    public string? Find(string remote, string bucket, string key, string version) => _uploads.GetValueOrDefault((remote, bucket, key, version));

    public void Add(string remote, string bucket, string key, string version, string uploadId)
    {
        if (_uploads.Count >= Capacity) _uploads.Clear();
        _uploads[(remote, bucket, key, version)] = uploadId;
    }

    public void Remove(string remote, string bucket, string key, string version) => _uploads.TryRemove((remote, bucket, key, version), out _);
}
