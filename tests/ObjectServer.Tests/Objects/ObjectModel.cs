using System.Text;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>What a bucket should hold, said as simply as possible: lists of versions, newest first.</summary>
internal sealed class ObjectModel
{
    public sealed record Version(string Id, bool IsMarker, byte[] Body, string ETag);

    public SortedDictionary<string, List<Version>> Keys { get; } = new(Utf8Order);

    public VersioningState Versioning { get; set; }

    public static IComparer<string> Utf8Order { get; } = Comparer<string>.Create((a, b) =>
        Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));

    public Version? Current(string key) =>
        Keys.TryGetValue(key, out var versions) && !versions[0].IsMarker ? versions[0] : null;

    public void Put(string key, string id, byte[] body, string etag) => Insert(key, new Version(id, false, body, etag));

    public void Delete(string key, string? markerId)
    {
        if (Versioning == VersioningState.Unversioned) Keys.Remove(key);
        else Insert(key, new Version(markerId!, true, [], ""));
    }

    public void DeleteVersion(string key, string id)
    {
        if (!Keys.TryGetValue(key, out var versions)) return;
        versions.RemoveAll(version => version.Id == id);
        if (versions.Count == 0) Keys.Remove(key);
    }

    public IEnumerable<(string Key, Version Version, bool IsLatest)> AllVersions() =>
        Keys.SelectMany(pair => pair.Value.Select((version, i) => (pair.Key, version, i == 0)));

    /// <summary>The current keys (or groups, which end in the delimiter and stand once) that a listing gives, in order.</summary>
    public List<(string Name, bool IsGroup)> List(string prefix, string? delimiter) =>
        Group(Keys.Keys.Where(key => Current(key) is not null), prefix, delimiter);

    public static List<(string Name, bool IsGroup)> Group(IEnumerable<string> keys, string prefix, string? delimiter)
    {
        var names = new List<(string, bool)>();
        foreach (var key in keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var at = string.IsNullOrEmpty(delimiter) ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var name = at < 0 ? (key, false) : (key[..(at + delimiter!.Length)], true);
            if (at < 0 || names.Count == 0 || names[^1] != name) names.Add(name);
        }
        return names;
    }

    private void Insert(string key, Version version)
    {
        if (!Keys.TryGetValue(key, out var versions)) Keys.Add(key, versions = []);
        if (Versioning != VersioningState.Enabled) versions.RemoveAll(old => old.Id == "null");
        versions.Insert(0, version);
    }
}
