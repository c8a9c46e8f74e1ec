using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class ListingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Invariant_5_a_listing_equals_the_model_and_no_page_skips_or_repeats_a_key(int seed)
    {
        var random = new Random(seed);
        var bench = await ObjectBench.CreateAsync();
        var model = new ObjectModel();
        for (var i = 0; i < 150; i++)
        {
            var key = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => "ab/\0\uFFFF"[random.Next(5)]));
            var put = await bench.PutAsync(key, "x");
            model.Put(key, put.VersionId, [], put.ETag);
        }
        for (var i = 0; i < 150; i++)
        {
            var prefix = random.Next(2) == 0 ? "" : "ab/\0\uFFFF"[random.Next(5)].ToString();
            var delimiter = random.Next(4) switch { 0 => null, 1 => "/", 2 => "a/", _ => "\uFFFF" };
            var after = random.Next(2) == 0 ? null : model.Keys.Keys.ElementAt(random.Next(model.Keys.Count));
            var listed = await Listings.CurrentAsync(bench, prefix, delimiter, random.Next(1, 12), after);
            var expected = after is null
                ? model.List(prefix, delimiter)
                : ObjectModel.Group(model.Keys.Keys.Where(key => ObjectModel.Utf8Order.Compare(key, after) > 0), prefix, delimiter)
                    .Where(name => !(name.IsGroup && name.Name == after)).ToList();
            listed.ShouldBe(expected, $"seed {seed}, step {i}, prefix {prefix}, delimiter {delimiter}, after {after}");
        }
    }

    [Fact]
    public async Task A_page_is_read_from_one_snapshot_and_the_next_goes_on_behind_it_whatever_changes()
    {
        var bench = await ObjectBench.CreateAsync();
        foreach (var key in new[] { "a", "b", "c", "d" }) await bench.PutAsync(key, "x");
        var first = (await bench.Services.Lister.ListAsync(new ListRequest { Bucket = ObjectBench.Bucket, MaxKeys = 2 }, default)).Value;
        first.Objects.Select(o => o.Key).ShouldBe(["a", "b"]);
        await bench.DeleteAsync("b");
        await bench.PutAsync("aa", "new, but behind the cursor");
        var second = (await bench.Services.Lister.ListAsync(new ListRequest { Bucket = ObjectBench.Bucket, StartAfter = first.NextStartAfter }, default)).Value;
        second.Objects.Select(o => o.Key).ShouldBe(["c", "d"]);
        second.IsTruncated.ShouldBeFalse();
    }

    [Fact]
    public async Task A_marker_that_is_a_common_prefix_skips_what_is_below_it_and_a_key_inside_does_not()
    {
        var bench = await ObjectBench.CreateAsync();
        foreach (var key in new[] { "a/1", "a/2", "b" }) await bench.PutAsync(key, "x");
        (await Listings.CurrentAsync(bench, delimiter: "/", startAfter: "a/")).ShouldBe([("b", false)]);
        (await Listings.CurrentAsync(bench, delimiter: "/", startAfter: "a/1")).ShouldBe([("a/", true), ("b", false)]);
        (await Listings.CurrentAsync(bench, startAfter: "a/")).Count.ShouldBe(3);
        (await Listings.CurrentAsync(bench, startAfter: new string('c', 5000))).ShouldBeEmpty();
    }

    [Fact]
    public async Task No_keys_asked_for_gives_an_empty_page_that_is_not_truncated()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("a", "x");
        var page = (await bench.Services.Lister.ListAsync(new ListRequest { Bucket = ObjectBench.Bucket, MaxKeys = 0 }, default)).Value;
        page.Objects.ShouldBeEmpty();
        page.IsTruncated.ShouldBeFalse();
        (await bench.Services.Lister.ListAsync(new ListRequest { Bucket = "nowhere" }, default)).Fault.ShouldBe(ObjectFault.NoSuchBucket);
    }

    [Fact]
    public async Task A_listed_entry_tells_what_a_stat_tells()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutPartsAsync("parts", ObjectBench.Bytes(30, 1), ObjectBench.Bytes(30, 2));
        await bench.PutAsync("plain", "x");
        var page = (await bench.Services.Lister.ListAsync(new ListRequest { Bucket = ObjectBench.Bucket }, default)).Value;
        foreach (var entry in page.Objects)
        {
            var info = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = entry.Key }, default)).Value;
            (entry.ETag, entry.LengthBytes, entry.LastModified, entry.OwnerId).ShouldBe((info.ETag, info.LengthBytes, info.LastModified, info.OwnerId));
        }
        page.Objects[0].ETag.ShouldEndWith("-2");
    }

    [Fact]
    public async Task Versions_are_listed_newest_first_and_paging_inside_a_key_goes_on_behind_its_version()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", "null version");
        await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Enabled, default);
        await bench.PutAsync("k", "second");
        await bench.DeleteAsync("k");
        var page = (await bench.Services.Versions.ListAsync(new ListVersionsRequest { Bucket = ObjectBench.Bucket }, default)).Value;
        page.Versions.Select(v => (v.IsDeleteMarker, v.IsLatest, v.VersionId == "null")).ShouldBe([(true, true, false), (false, false, false), (false, false, true)]);
        var behindNull = (await bench.Services.Versions.ListAsync(
            new ListVersionsRequest { Bucket = ObjectBench.Bucket, KeyMarker = "k", VersionIdMarker = "null" }, default)).Value;
        behindNull.Versions.ShouldBeEmpty();
        var behindFirst = (await bench.Services.Versions.ListAsync(
            new ListVersionsRequest { Bucket = ObjectBench.Bucket, KeyMarker = "k", VersionIdMarker = page.Versions[0].VersionId }, default)).Value;
        behindFirst.Versions.ShouldBe(page.Versions.Skip(1));
    }

    [Fact]
    public async Task Versions_roll_up_at_a_delimiter_whether_current_or_not()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        foreach (var key in new[] { "a/1", "a/2", "b", "c/1" }) await bench.PutAsync(key, "x");
        await bench.DeleteAsync("a/1");
        await bench.DeleteAsync("c/1");
        var names = new List<string>();
        string? marker = null, id = null;
        do
        {
            var page = (await bench.Services.Versions.ListAsync(
                new ListVersionsRequest { Bucket = ObjectBench.Bucket, Delimiter = "/", MaxKeys = 1, KeyMarker = marker, VersionIdMarker = id }, default)).Value;
            names.AddRange(page.CommonPrefixes.Concat(page.Versions.Select(v => v.Key)));
            (marker, id) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
        while (marker is not null);
        names.ShouldBe(["a/", "b", "c/"]);
    }

    [Fact]
    public async Task Buckets_are_listed_by_owner_prefix_and_page()
    {
        var bench = await ObjectBench.CreateAsync();
        foreach (var name in new[] { "aa", "ab", "zz" }) await bench.CreateBucketAsync(name);
        var first = await bench.Services.Buckets.ListAsync(new ListBucketsRequest { OwnerId = "owner", MaxBuckets = 2 }, default);
        first.Buckets.Select(b => b.Name).ShouldBe(["aa", "ab"]);
        var second = await bench.Services.Buckets.ListAsync(new ListBucketsRequest { OwnerId = "owner", StartAfter = first.NextStartAfter }, default);
        second.Buckets.Select(b => b.Name).ShouldBe(["bucket", "zz"]);
        (await bench.Services.Buckets.ListAsync(new ListBucketsRequest { Prefix = "a" }, default)).Buckets.Count.ShouldBe(2);
        (await bench.Services.Buckets.ListAsync(new ListBucketsRequest { OwnerId = "other" }, default)).Buckets.ShouldBeEmpty();
    }
}
