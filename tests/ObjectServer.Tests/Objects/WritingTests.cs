using System.Security.Cryptography;
using System.Text;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class WritingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(25_000)]
    public async Task A_body_of_any_length_comes_back_as_it_was_with_its_md5_as_etag(int length)
    {
        foreach (var lengthKnown in new[] { true, false })
        {
            var bench = await ObjectBench.CreateAsync(maxBlobBytes: 1000);
            var body = ObjectBench.Bytes(length, length);
            var put = (await bench.TryPutAsync("k", body, source: new BytesSource(body, lengthKnown))).Value;
            put.ETag.ShouldBe(Convert.ToHexStringLower(MD5.HashData(body)));
            put.LengthBytes.ShouldBe(length);
            (await bench.GetAsync("k")).ShouldBe(body);
            bench.Blobs.Stored.Count.ShouldBe(length <= 16 ? 0 : (length + 999) / 1000);
            await bench.ShouldBeSoundAsync();
        }
    }

    [Fact]
    public async Task A_store_without_room_refuses_new_objects_and_still_deletes()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", "inlined");
        bench.Services.Engine.HasRoom = static () => false;
        (await bench.TryPutAsync("another", [1])).Failure!.Fault.ShouldBe(ObjectFault.StorageFull);
        (await bench.GetAsync("k")).ShouldBe("inlined"u8.ToArray());

        // What is kept beside a version takes room, too, and taking it away gives some back.
        var target = new VersionTarget(ObjectBench.Bucket, "k", null);
        (await bench.Services.Updater.SetTagsAsync(target, [new("a", "b")], default)).Fault.ShouldBe(ObjectFault.StorageFull);
        (await bench.Services.Updater.SetAclAsync(target, new byte[] { 1 }, default)).Fault.ShouldBe(ObjectFault.StorageFull);
        (await bench.Services.Updater.SetTagsAsync(target, [], default)).Fault.ShouldBe(ObjectFault.None);
        (await bench.Services.Updater.SetAclAsync(target, default, default)).Fault.ShouldBe(ObjectFault.None);
        await bench.DeleteAsync("k");
        (await bench.TryGetAsync("k")).Failure!.Fault.ShouldBe(ObjectFault.NoSuchKey);

        bench.Services.Engine.HasRoom = static () => true;
        await bench.PutAsync("another", "inlined");
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Any_range_reads_the_bytes_of_that_range()
    {
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 1000);
        var body = ObjectBench.Bytes(5500, 3);
        await bench.PutAsync("k", body);
        using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "k" }, default)).Value;
        foreach (var (offset, length) in new[] { (0, 1), (999, 1), (999, 2), (1000, 1000), (1500, 3000), (5499, 1), (5500, 0), (0, 5500) })
            (await ObjectBench.ReadAsync(handle, offset, length)).ShouldBe(body.AsSpan(offset, length).ToArray());
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => ObjectBench.ReadAsync(handle, 5000, 501));
    }

    [Fact]
    public async Task A_body_that_the_caller_refuses_leaves_nothing_but_garbage()
    {
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 1000);
        var body = ObjectBench.Bytes(5000, 1);
        var source = new BytesSource(body) { Check = _ => new Failure(ObjectFault.BadDigest) };
        (await bench.TryPutAsync("k", body, source: source)).Fault.ShouldBe(ObjectFault.BadDigest);
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.NoSuchKey);
        await bench.Collector.CollectAsync(default);
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(10, 12, ObjectFault.IncompleteBody)]
    [InlineData(5000, 5001, ObjectFault.IncompleteBody)]
    [InlineData(5000, 9000, ObjectFault.IncompleteBody)]
    [InlineData(12, 10, ObjectFault.MalformedBody)]
    [InlineData(5000, 10, ObjectFault.MalformedBody)]
    [InlineData(5000, 4999, ObjectFault.MalformedBody)]
    public async Task A_body_that_is_not_as_long_as_announced_is_refused(int length, int announced, int fault)
    {
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 1000);
        var body = ObjectBench.Bytes(length, 1);
        (await bench.TryPutAsync("k", body, source: new BytesSource(body) { AnnouncedBytes = announced })).Fault.ShouldBe((ObjectFault)fault);
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.NoSuchKey);
        await bench.Collector.CollectAsync(default);
        bench.Blobs.Stored.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_digests_that_were_asked_for_are_computed_over_the_whole_body()
    {
        var bench = await ObjectBench.CreateAsync();
        var body = Encoding.ASCII.GetBytes("123456789");
        var source = new BytesSource(body, pieceBytes: 2) { Digests = new ChecksumSet(0x7FE) };
        (await bench.TryPutAsync("k", body, source: source)).IsOk.ShouldBeTrue();
        var expected = new Dictionary<ChecksumAlgorithm, string>
        {
            [ChecksumAlgorithm.Crc32] = "CBF43926",
            [ChecksumAlgorithm.Crc32C] = "E3069283",
            [ChecksumAlgorithm.Crc64Nvme] = "AE8B14860A799888",
            [ChecksumAlgorithm.Md5] = Convert.ToHexString(MD5.HashData(body)),
            [ChecksumAlgorithm.Sha1] = Convert.ToHexString(SHA1.HashData(body)),
            [ChecksumAlgorithm.Sha256] = Convert.ToHexString(SHA256.HashData(body)),
            [ChecksumAlgorithm.Sha512] = Convert.ToHexString(SHA512.HashData(body)),
            [ChecksumAlgorithm.XxHash64] = "8CB841DB40E6AE83",
        };
        foreach (var (algorithm, value) in expected)
        {
            source.Seen!.TryGet(algorithm, out var seen).ShouldBeTrue();
            Convert.ToHexString(seen.Span).ShouldBe(value, algorithm.ToString());
        }
        source.Seen!.TryGet(ChecksumAlgorithm.XxHash128, out var xxh128).ShouldBeTrue();
        xxh128.Length.ShouldBe(16);
    }

    [Fact]
    public async Task A_failed_commit_of_the_blobs_is_unavailable_and_leaves_no_object()
    {
        var bench = await ObjectBench.CreateAsync();
        bench.Blobs.CommitFault = new BlobStoreException(BlobStoreFault.TooFewDrives, "gone");
        (await bench.TryPutAsync("k", new byte[100])).Fault.ShouldBe(ObjectFault.ServiceUnavailable);
        bench.Blobs.CommitFault = null;
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.NoSuchKey);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Headers_and_metadata_come_back_as_they_were_given()
    {
        var bench = await ObjectBench.CreateAsync();
        var headers = new ObjectHeaders
        {
            ContentType = "text/plain", CacheControl = "no-store", Expires = "never", ContentLanguage = "de",
            UserMetadata = [new("b", "2"), new("a", "ü")], Tags = [new("t", "v")],
        };
        await bench.Services.Writer.PutAsync(
            new PutRequest { Bucket = ObjectBench.Bucket, Key = "k", Headers = headers, StorageClass = "STANDARD_IA", StoredChecksum = ChecksumAlgorithm.Crc32 },
            new BytesSource(Encoding.ASCII.GetBytes("123456789")), default);
        var info = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "k" }, default)).Value;
        info.Headers.ContentType.ShouldBe("text/plain");
        info.Headers.CacheControl.ShouldBe("no-store");
        info.Headers.Expires.ShouldBe("never");
        info.Headers.ContentLanguage.ShouldBe("de");
        info.Headers.ContentEncoding.ShouldBeNull();
        info.Headers.UserMetadata.ShouldBe(headers.UserMetadata);
        info.Headers.Tags.ShouldBe(headers.Tags);
        info.StorageClass.ShouldBe("STANDARD_IA");
        info.Checksum!.ToString().ShouldBe("y/Q5Jg==");
        info.LastModified.ShouldBe(bench.Time.GetUtcNow());
    }

    [Fact]
    public async Task Conditions_of_a_read_follow_the_precedence_of_the_rfc()
    {
        var bench = await ObjectBench.CreateAsync();
        var put = await bench.PutAsync("k", "body");
        var now = bench.Time.GetUtcNow();
        async Task<ObjectFault> Try(ReadConditions conditions) =>
            (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "k", Conditions = conditions }, default)).Fault;

        (await Try(new(IfMatch: ETagList.Of(put.ETag)))).ShouldBe(ObjectFault.None);
        (await Try(new(IfMatch: ETagList.Of("x")))).ShouldBe(ObjectFault.PreconditionFailed);
        (await Try(new(IfNoneMatch: ETagList.Of("x", put.ETag)))).ShouldBe(ObjectFault.NotModified);
        (await Try(new(IfNoneMatch: ETagList.Star))).ShouldBe(ObjectFault.NotModified);
        (await Try(new(IfModifiedSince: now))).ShouldBe(ObjectFault.NotModified);
        (await Try(new(IfModifiedSince: now.AddSeconds(-1)))).ShouldBe(ObjectFault.None);
        (await Try(new(IfUnmodifiedSince: now))).ShouldBe(ObjectFault.None);
        (await Try(new(IfUnmodifiedSince: now.AddSeconds(-1)))).ShouldBe(ObjectFault.PreconditionFailed);
        (await Try(new(IfMatch: ETagList.Of(put.ETag), IfUnmodifiedSince: now.AddSeconds(-1)))).ShouldBe(ObjectFault.None);
        (await Try(new(IfNoneMatch: ETagList.Of("x"), IfModifiedSince: now))).ShouldBe(ObjectFault.None);
    }

    [Fact]
    public async Task A_key_that_is_empty_too_long_or_no_text_is_refused()
    {
        var bench = await ObjectBench.CreateAsync();
        foreach (var key in new[] { "", new string('a', 1025), new string('ü', 513), "\uD800" })
            (await bench.TryPutAsync(key, [1])).Fault.ShouldBe(ObjectFault.InvalidKey);
        (await bench.TryPutAsync("k", [1], bucket: "nowhere")).Fault.ShouldBe(ObjectFault.NoSuchBucket);
    }
}
