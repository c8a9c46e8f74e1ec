using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Whole listings, page by page; each page is checked to be no longer than asked for.</summary>
internal static class Listings
{
    public static async Task<List<(string Name, bool IsGroup)>> CurrentAsync(ObjectBench bench, string prefix = "", string? delimiter = null, int maxKeys = 1000, string? startAfter = null)
    {
        var names = new List<(string, bool)>();
        while (true)
        {
            var page = (await bench.Services.Lister.ListAsync(
                new ListRequest { Bucket = ObjectBench.Bucket, Prefix = prefix, Delimiter = delimiter, StartAfter = startAfter, MaxKeys = maxKeys }, default)).Value;
            (page.Objects.Count + page.CommonPrefixes.Count).ShouldBeLessThanOrEqualTo(maxKeys);
            names.AddRange(page.Objects.Select(o => (o.Key, false)).Concat(page.CommonPrefixes.Select(p => (p, true))).OrderBy(n => n.Item1, ObjectModel.Utf8Order));
            if (!page.IsTruncated) return names;
            (page.Objects.Count + page.CommonPrefixes.Count).ShouldBe(maxKeys);
            startAfter = page.NextStartAfter;
        }
    }

    public static async Task<List<ListedVersion>> VersionsAsync(ObjectBench bench, string prefix = "", string? delimiter = null, int maxKeys = 1000)
    {
        var versions = new List<ListedVersion>();
        string? key = null, id = null;
        while (true)
        {
            var page = (await bench.Services.Versions.ListAsync(
                new ListVersionsRequest { Bucket = ObjectBench.Bucket, Prefix = prefix, Delimiter = delimiter, KeyMarker = key, VersionIdMarker = id, MaxKeys = maxKeys }, default)).Value;
            versions.AddRange(page.Versions);
            if (!page.IsTruncated) return versions;
            (key, id) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
    }
}
