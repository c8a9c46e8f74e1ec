using ObjectStore.Erasure.Codec;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class VersioningTests
{
    [Fact]
    public async Task Suspended_writes_replace_the_null_version_and_leave_the_others()
    {
        var bench = await ObjectBench.CreateAsync();
        (await bench.PutAsync("k", "0")).VersionId.ShouldBe("null");
        await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Enabled, default);
        var first = await bench.PutAsync("k", "1");
        first.VersionId.Length.ShouldBe(32);
        await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Suspended, default);
        (await bench.PutAsync("k", "2")).VersionId.ShouldBe("null");
        (await Listings.VersionsAsync(bench)).Select(v => v.VersionId).ShouldBe(["null", first.VersionId]);
        (await bench.DeleteAsync("k")).VersionId.ShouldBe("null");
        (await Listings.VersionsAsync(bench)).Select(v => (v.VersionId, v.IsDeleteMarker)).ShouldBe([("null", true), (first.VersionId, false)]);
        var missing = await bench.TryGetAsync("k");
        (missing.Fault, missing.Failure!.VersionId).ShouldBe((ObjectFault.DeleteMarkerIsCurrent, "null"));
        await bench.DeleteAsync("k", "null");
        (await bench.GetAsync("k")).ShouldBe("1"u8.ToArray());
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_version_id_names_one_version_for_ever()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        var first = (await bench.PutAsync("k", "1")).VersionId;
        await bench.DeleteAsync("k", first);
        // The clock stands: the sequence is the same again, the id is not.
        var second = (await bench.PutAsync("k", "2")).VersionId;
        second[..16].ShouldBe(first[..16]);
        (await bench.TryGetAsync("k", first)).Fault.ShouldBe(ObjectFault.NoSuchVersion);
        (await bench.TryGetAsync("k", "nonsense")).Fault.ShouldBe(ObjectFault.InvalidVersionId);
        (await bench.GetAsync("k", second)).ShouldBe("2"u8.ToArray());
    }

    [Fact]
    public async Task Conditions_of_a_delete_are_judged_against_what_it_would_delete()
    {
        var bench = await ObjectBench.CreateAsync();
        var put = await bench.PutAsync("k", "body");
        async Task<Result<DeleteResult>> Try(DeleteConditions conditions, string key = "k") =>
            await bench.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = ObjectBench.Bucket, Key = key, Conditions = conditions }, default);

        (await Try(new(ETagList.Of("bad")))).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        (await Try(new(default, IfLengthBytes: 5))).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        (await Try(new(default, IfLastModified: put.LastModified.AddSeconds(1)))).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        (await Try(new(ETagList.Of("bad")), "absent")).Value.Existed.ShouldBeFalse();
        (await Try(new(ETagList.Of(put.ETag), put.LastModified, 4))).Value.Existed.ShouldBeTrue();
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.NoSuchKey);
    }

    [Fact]
    public async Task Conditions_of_a_put_are_judged_against_the_current_version()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        (await bench.TryPutAsync("k", [1], new WriteConditions(ETagList.Star, default))).Fault.ShouldBe(ObjectFault.NoSuchKey);
        var put = await bench.PutAsync("k", "1");
        (await bench.TryPutAsync("k", [1], new WriteConditions(ETagList.Of("x"), default))).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        (await bench.TryPutAsync("k", [1], new WriteConditions(default, ETagList.Of(put.ETag)))).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        await bench.DeleteAsync("k");
        (await bench.TryPutAsync("k", [1], new WriteConditions(default, ETagList.Star))).IsOk.ShouldBeTrue("a delete marker is nothing");
    }

    [Fact]
    public async Task Many_are_deleted_each_for_itself_with_results_in_order()
    {
        var bench = await ObjectBench.CreateAsync();
        for (var i = 0; i < 100; i++) await bench.PutAsync($"k{i}", "x");
        var requests = Enumerable.Range(0, 120).Select(i => new DeleteRequest { Bucket = ObjectBench.Bucket, Key = i == 50 ? "" : $"k{i}" }).ToList();
        var results = (await bench.Services.Deleter.DeleteManyAsync(ObjectBench.Bucket, requests, default)).Value;
        results[50].Fault.ShouldBe(ObjectFault.InvalidKey);
        results.Count(r => r.IsOk && r.Value.Existed).ShouldBe(99);
        (await Listings.CurrentAsync(bench)).ShouldBe([("k50", false)]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_copy_shares_the_bytes_and_lives_on_without_its_source()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.CreateBucketAsync("other");
        var body = ObjectBench.Bytes(500, 1);
        await bench.PutAsync("k", body);
        var request = new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "k", Bucket = "other", Key = "copy" };
        (await bench.Services.Copier.CopyAsync(request, default)).IsOk.ShouldBeTrue();
        (bench.Blobs.Stored.Count, bench.Blobs.BytesRead).ShouldBe((1, 0));
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        (await bench.GetAsync("copy", bucket: "other")).ShouldBe(body);
        await bench.DeleteAsync("copy", bucket: "other");
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_copy_onto_itself_needs_something_to_change_and_keeps_the_bytes()
    {
        var bench = await ObjectBench.CreateAsync();
        var body = ObjectBench.Bytes(500, 1);
        await bench.PutAsync("k", body);
        var request = new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "k", Bucket = ObjectBench.Bucket, Key = "k" };
        (await bench.Services.Copier.CopyAsync(request, default)).Fault.ShouldBe(ObjectFault.CopyOntoItself);
        for (var i = 0; i < 3; i++)
            (await bench.Services.Copier.CopyAsync(request with { ReplaceHeaders = new ObjectHeaders { ContentType = "text/x" } }, default)).IsOk.ShouldBeTrue();
        await bench.CollectAllAsync();
        (await bench.GetAsync("k")).ShouldBe(body);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_copy_to_another_scheme_or_checksum_reads_the_bytes_and_a_broken_condition_refuses_it()
    {
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 100);
        var body = ObjectBench.Bytes(500, 1);
        var put = await bench.PutAsync("k", body);
        var request = new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "k", Bucket = ObjectBench.Bucket, Key = "copy" };
        (await bench.Services.Copier.CopyAsync(request with { Scheme = new Scheme(2, 2) }, default)).Value.Written.ETag.ShouldBe(put.ETag);
        bench.Blobs.Stored.Count.ShouldBe(10);
        (await bench.GetAsync("copy")).ShouldBe(body);
        var digested = (await bench.Services.Copier.CopyAsync(request with { StoredChecksum = ChecksumAlgorithm.Sha1 }, default)).Value;
        digested.Written.Checksum!.Value.ToArray().ShouldBe(System.Security.Cryptography.SHA1.HashData(body));
        (await bench.Services.Copier.CopyAsync(request with { SourceConditions = new(IfNoneMatch: ETagList.Star) }, default)).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        (await bench.Services.Copier.CopyAsync(request with { Conditions = new(default, ETagList.Star) }, default)).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        (await bench.Services.Copier.CopyAsync(request with { SourceKey = "absent" }, default)).Fault.ShouldBe(ObjectFault.NoSuchKey);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Buckets_belong_to_one_owner_and_go_only_when_empty()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        async Task<ObjectFault> Create(string name, string owner, int max = 0) => (await bench.Services.Buckets.CreateAsync(
            new CreateBucketRequest { Name = name, OwnerId = owner, Region = "r", MaxBucketsOfOwner = max }, default)).Fault;

        (await Create(ObjectBench.Bucket, "owner")).ShouldBe(ObjectFault.BucketAlreadyOwnedByYou);
        (await Create(ObjectBench.Bucket, "other")).ShouldBe(ObjectFault.BucketAlreadyExists);
        (await Create("second", "owner", max: 1)).ShouldBe(ObjectFault.TooManyBuckets);
        await bench.DeleteAsync("never there");
        (await bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default)).Fault.ShouldBe(ObjectFault.BucketNotEmpty, "a delete marker counts");
        (await bench.Services.Buckets.GetUsageAsync(ObjectBench.Bucket, default)).Value.ShouldBe(new BucketUsage(0, 0, 1, 0));
    }

    [Fact]
    public async Task A_configuration_document_comes_back_whole_and_goes()
    {
        var bench = await ObjectBench.CreateAsync();
        foreach (var length in new[] { 0, 1, 65_536, 65_537, 1_000_000 })
        {
            var document = ObjectBench.Bytes(length, length);
            (await bench.Services.Buckets.PutConfigurationAsync(ObjectBench.Bucket, "policy", document, default)).IsOk.ShouldBeTrue();
            (await bench.Services.Buckets.GetConfigurationAsync(ObjectBench.Bucket, "policy", default)).Value.ToArray().ShouldBe(document);
        }
        await bench.Services.Buckets.DeleteConfigurationAsync(ObjectBench.Bucket, "policy", default);
        (await bench.Services.Buckets.GetConfigurationAsync(ObjectBench.Bucket, "policy", default)).Fault.ShouldBe(ObjectFault.NoSuchConfiguration);
    }
}
