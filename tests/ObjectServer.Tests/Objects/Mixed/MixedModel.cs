using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects.Mixed;

/// <summary>What one version should be.</summary>
internal sealed record MixedVersion(string Id, byte[] Body)
{
    public bool IsMarker { get; init; }

    public SortedDictionary<string, byte[]> Annotations { get; init; } = new(StringComparer.Ordinal);

    public string Tag { get; init; } = "";

    public EncryptionMethod Method { get; init; }

    /// <summary>As it was first seen; null if it has not been yet.</summary>
    public string? ETag { get; init; }

    public long BytesOf => Body.Length + Annotations.Values.Sum(text => (long)text.Length);

    /// <summary>Another version with the same bytes, tags and annotations, each its own.</summary>
    public MixedVersion CopyOf() => this with { Annotations = new(Annotations, StringComparer.Ordinal) };
}

internal sealed class MixedUpload(string key, EncryptionMethod method)
{
    public string Key => key;

    public EncryptionMethod Method => method;

    public SortedDictionary<int, (byte[] Body, string ETag)> Parts { get; } = [];
}

/// <summary>What one bucket should hold: lists of versions, newest first.</summary>
internal sealed class MixedBucket(string name)
{
    public string Name => name;

    public VersioningState Versioning { get; set; }

    public BucketQuota? Quota { get; set; }

    public Dictionary<string, List<MixedVersion>> Keys { get; } = [];

    public Dictionary<string, MixedUpload> Uploads { get; } = [];

    private IEnumerable<MixedVersion> All => Keys.Values.SelectMany(versions => versions);

    public long Bytes => All.Sum(version => version.BytesOf);

    public long PartBytes => Uploads.Values.Sum(upload => upload.Parts.Values.Sum(part => (long)part.Body.Length));

    public int Versions => All.Count(version => !version.IsMarker);

    public int Markers => All.Count(version => version.IsMarker);

    public int Objects => Keys.Values.Count(versions => versions is [{ IsMarker: false }, ..]);

    public MixedVersion? Current(string key) => Keys.GetValueOrDefault(key) is [{ IsMarker: false } version, ..] ? version : null;

    public MixedVersion? Find(string key, string id) => Keys.GetValueOrDefault(key)?.Find(version => version.Id == id);

    public void Insert(string key, MixedVersion version)
    {
        if (!Keys.TryGetValue(key, out var versions)) Keys.Add(key, versions = []);
        if (Versioning != VersioningState.Enabled) versions.RemoveAll(old => old.Id == "null");
        versions.Insert(0, version);
    }

    public void Replace(string key, string id, Func<MixedVersion, MixedVersion> change)
    {
        var at = Keys[key].FindIndex(version => version.Id == id);
        Keys[key][at] = change(Keys[key][at]);
    }

    public void Remove(string key, string id)
    {
        if (!Keys.TryGetValue(key, out var versions)) return;
        versions.RemoveAll(version => version.Id == id);
        if (versions.Count == 0) Keys.Remove(key);
    }

    /// <summary>Whether a write that puts a version there goes beyond the quota.</summary>
    public bool IsOverWith(string key, long bytes, long fewerPartBytes = 0)
    {
        var replaced = Versioning == VersioningState.Enabled ? null : Find(key, "null");
        return IsOver(bytes - (replaced?.BytesOf ?? 0) - fewerPartBytes, replaced is { IsMarker: false } ? 0 : 1);
    }

    public bool IsOver(long moreBytes, int moreObjects = 0) =>
        (moreBytes > 0 && Bytes + PartBytes + moreBytes > Quota?.MaxBytes) || (moreObjects > 0 && Versions + moreObjects > Quota?.MaxObjects);
}
