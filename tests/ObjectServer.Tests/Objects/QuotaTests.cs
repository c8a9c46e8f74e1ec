using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Tests.Embedded;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Hard quotas, in the object service.</summary>
public sealed class QuotaTests
{
    [Fact]
    public async Task A_write_passes_up_to_the_last_byte_and_not_one_further()
    {
        var bench = await WithQuotaAsync(bytes: 100);
        await bench.PutAsync("a", new byte[60]);
        (await bench.TryPutAsync("b", new byte[41])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        await bench.PutAsync("b", new byte[40]);
        await ShouldUseAsync(bench, 100, 2);
        (await bench.TryPutAsync("c", new byte[1])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        // What has no bytes adds none.
        await bench.PutAsync("c", []);
        await bench.DeleteAsync("a");
        await bench.PutAsync("d", new byte[60]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_decided_by_the_transaction_and_frees_what_it_wrote()
    {
        var bench = await WithQuotaAsync(bytes: 100);
        (await bench.TryPutAsync("a", [], source: new BytesSource(new byte[101], lengthKnown: false))).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.TryPutAsync("a", [], source: new BytesSource(new byte[100], lengthKnown: false))).Fault.ShouldBe(ObjectFault.None);
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        bench.Blobs.Stored.Count.ShouldBe(1, "the refused body left nothing");
    }

    [Fact]
    public async Task A_body_of_known_length_that_does_not_fit_is_refused_before_it_is_read()
    {
        var bench = await WithQuotaAsync(bytes: 100);
        var body = new BytesSource(new byte[101]);
        (await bench.TryPutAsync("a", [], source: body)).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        body.Seen.ShouldBeNull();
        bench.Blobs.Stored.ShouldBeEmpty();

        var upload = await bench.BeginAsync("a");
        var part = new BytesSource(new byte[101]);
        var request = new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = "a", UploadId = upload.UploadId, PartNumber = 1 };
        (await bench.Services.Parts.UploadAsync(request, part, default)).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        part.Seen.ShouldBeNull();
    }

    [Theory]
    [InlineData(VersioningState.Unversioned)]
    [InlineData(VersioningState.Suspended)]
    internal async Task What_is_replaced_makes_room_for_what_replaces_it(VersioningState versioning)
    {
        var bench = await WithQuotaAsync(bytes: 100, objects: 1, versioning);
        await bench.PutAsync("a", new byte[100]);
        await bench.PutAsync("a", new byte[100]);
        await bench.PutAsync("a", new byte[99]);
        (await bench.TryPutAsync("a", new byte[101])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.TryPutAsync("b", [])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.CopyAsync("a", "a")).Fault.ShouldBe(ObjectFault.None, "a copy onto itself that changes its headers");
        (await bench.CopyAsync("a", "b")).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        await ShouldUseAsync(bench, 99, 1);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Where_versions_are_kept_each_counts_and_deleting_one_frees_it()
    {
        var bench = await WithQuotaAsync(bytes: 100, objects: 3, VersioningState.Enabled);
        var first = await bench.PutAsync("a", new byte[40]);
        await bench.PutAsync("a", new byte[40]);
        (await bench.CopyAsync("a", "a")).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        await bench.PutAsync("a", new byte[20]);
        (await bench.TryPutAsync("a", [])).Fault.ShouldBe(ObjectFault.QuotaExceeded, "three versions are three objects");

        // Deletes are never refused: a marker is no object, and what it hides stays.
        (await bench.DeleteAsync("a")).MarkerMade.ShouldBeTrue();
        (await bench.DeleteAsync("a")).MarkerMade.ShouldBeTrue();
        (await bench.DeleteAsync("nothing")).MarkerMade.ShouldBeTrue();
        await ShouldUseAsync(bench, 100, 3);
        await bench.DeleteAsync("a", first.VersionId);
        await ShouldUseAsync(bench, 60, 2);
        (await bench.CopyAsync("a", "b", first.VersionId)).Fault.ShouldBe(ObjectFault.NoSuchVersion);
        await bench.PutAsync("b", new byte[40]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Parts_count_from_their_upload_on_and_completing_adds_nothing()
    {
        var bench = await WithQuotaAsync(bytes: 100, objects: 1);
        var upload = await bench.BeginAsync("a");
        var first = await bench.UploadAsync(upload, 1, new byte[60]);
        (await TryUploadAsync(bench, upload, 2, 41)).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await TryUploadAsync(bench, upload, 1, 100)).Fault.ShouldBe(ObjectFault.None, "it replaces the part");
        (await TryUploadAsync(bench, upload, 1, 101)).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        first = (await TryUploadAsync(bench, upload, 1, 60)).Value;
        await TryUploadAsync(bench, upload, 7, 40);
        await ShouldUseAsync(bench, 100, 0);
        (await bench.TryPutAsync("b", new byte[1])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        var usage = (await bench.Services.Buckets.GetUsageAsync(ObjectBench.Bucket, default)).Value;
        (usage.Bytes, usage.PartBytes).ShouldBe((0, 100));

        // The part that is not listed is free then.
        (await bench.CompleteAsync(upload, [new ListedPart(1, first.ETag)])).Fault.ShouldBe(ObjectFault.None);
        await ShouldUseAsync(bench, 60, 1);
        await bench.ShouldBeSoundAsync();

        // What is full of objects takes no further upload, but one that replaces.
        (await TryBeginAsync(bench, "b")).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        var again = (await TryBeginAsync(bench, "a")).Value;
        await bench.UploadAsync(again, 1, new byte[40]);
        (await bench.Services.Multipart.AbortAsync(ObjectBench.Bucket, "a", again.UploadId, default)).IsOk.ShouldBeTrue();
        await ShouldUseAsync(bench, 60, 1);
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_completed_upload_is_an_object_more_and_refused_where_there_is_none_left()
    {
        var bench = await WithQuotaAsync(objects: 1);
        var upload = await bench.BeginAsync("a");
        var part = await bench.UploadAsync(upload, 1, new byte[60]);
        await bench.PutAsync("b", []);
        (await bench.CompleteAsync(upload, [new ListedPart(1, part.ETag)])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        await bench.DeleteAsync("b");
        (await bench.CompleteAsync(upload, [new ListedPart(1, part.ETag)])).Fault.ShouldBe(ObjectFault.None, "the upload lives on");
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Copied_parts_count_as_if_they_had_been_sent()
    {
        var bench = await WithQuotaAsync(bytes: 100);
        await bench.PutAsync("a", new byte[60]);
        var upload = await bench.BeginAsync("b");
        async Task<ObjectFault> CopyAsync(long length) => (await bench.Services.Parts.CopyAsync(new UploadPartCopyRequest
        {
            Bucket = ObjectBench.Bucket, Key = "b", UploadId = upload.UploadId, PartNumber = 1, SourceBucket = ObjectBench.Bucket, SourceKey = "a", Range = (0, length),
        }, default)).Fault;
        (await CopyAsync(41)).ShouldBe(ObjectFault.QuotaExceeded);
        (await CopyAsync(40)).ShouldBe(ObjectFault.None);
        await ShouldUseAsync(bench, 100, 1);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_quota_counts_what_was_there_before_it_and_refuses_only_what_adds_when_it_is_below_that()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Suspended);
        for (var i = 0; i < 20; i++) await bench.PutAsync($"k{i}", new byte[i]);
        var upload = await bench.BeginAsync("u");
        await bench.UploadAsync(upload, 1, new byte[50]);
        (await SetAsync(bench, bytes: 200)).ShouldBe(new QuotaUsage(new BucketQuota(200, null), 190 + 50, 20));
        await bench.ShouldBeSoundAsync();
        (await bench.TryPutAsync("k19", new byte[20])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        await bench.PutAsync("k19", new byte[18]);
        await bench.DeleteAsync("k18");
        await ShouldUseAsync(bench, 190 + 50 - 19, 19);

        await SetAsync(bench, bytes: 300, objects: 19);
        (await bench.TryPutAsync("new", [])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        await bench.PutAsync("k0", new byte[79]);
        (await bench.TryPutAsync("k1", new byte[2])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await bench.Services.Buckets.Quotas.ClearAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        await bench.PutAsync("new", new byte[1000]);
        (await bench.Services.Buckets.Quotas.GetAsync(ObjectBench.Bucket, default)).Fault.ShouldBe(ObjectFault.NoSuchConfiguration);
        (await SetAsync(bench, bytes: 1)).Bytes.ShouldBe(1300);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_bucket_that_never_had_a_quota_has_no_row_more()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("a", new byte[10]);
        await bench.UploadAsync(await bench.BeginAsync("b"), 1, new byte[10]);
        var counters = bench.Store.Rows.Where(row => row.Key[0] == KvTables.Counters).ToList();
        counters.Count.ShouldBe(3, "objects, versions and bytes of one shard");
        await SetAsync(bench, bytes: 100);
        counters = bench.Store.Rows.Where(row => row.Key[0] == KvTables.Counters).ToList();
        counters.Select(row => row.Key[^2]).Distinct().ShouldBe([(byte)0xFF]);
    }

    [Fact]
    public async Task A_setting_that_was_cut_off_between_its_two_steps_leaves_right_counts_and_is_taken_up_again()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("a", new byte[10]);
        var upload = await bench.BeginAsync("b");
        await bench.UploadAsync(upload, 1, new byte[20]);
        var part = await bench.UploadAsync(upload, 2, new byte[30]);
        var commits = 0;
        bench.Store.BeforeCommit = _ =>
        {
            if (++commits == 2) throw new KvException(KvFault.UnknownOutcome, "the store is gone");
        };
        (await bench.Services.Buckets.Quotas.SetAsync(ObjectBench.Bucket, new BucketQuota(100, null), default)).Fault.ShouldBe(ObjectFault.UnknownOutcome);
        bench.Store.BeforeCommit = null;
        await bench.ShouldBeSoundAsync("half way");

        // Writes go on meanwhile, of parts that were not counted, too.
        await bench.UploadAsync(upload, 1, new byte[5]);
        (await bench.CompleteAsync(upload, [new ListedPart(2, part.ETag)])).IsOk.ShouldBeTrue();
        await bench.UploadAsync(await bench.BeginAsync("c"), 1, new byte[7]);
        await bench.DeleteAsync("a");
        await bench.ShouldBeSoundAsync("written on half way");
        (await SetAsync(bench, bytes: 100)).ShouldBe(new QuotaUsage(new BucketQuota(100, null), 37, 1));
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_lifecycle_expires_and_gives_up_is_free_again_and_its_markers_are_never_refused()
    {
        var bench = await WithQuotaAsync(bytes: 100, objects: 2, VersioningState.Enabled);
        await bench.PutAsync("a", new byte[30]);
        await bench.PutAsync("a", new byte[30]);
        // Begun while there was room for one object more.
        await SetAsync(bench, bytes: 100, objects: 3);
        await bench.UploadAsync(await bench.BeginAsync("b"), 1, new byte[40]);
        await SetAsync(bench, bytes: 100, objects: 2);
        await LifecycleTests.SetAsync(bench, LifecycleTests.Rule() with { ExpirationDays = 1, NoncurrentDays = 1, AbortDays = 1 });
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        await ShouldUseAsync(bench, 30, 1);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        await ShouldUseAsync(bench, 0, 0);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_is_sealed_counts_as_its_writer_sent_it()
    {
        var bench = await WithQuotaAsync(bytes: 300_000);
        var key = new EncryptionRequest { Method = EncryptionMethod.CustomerKey, CustomerKey = new CustomerKey(ObjectBench.Bytes(32, 1)) };
        async Task<ObjectFault> PutAsync(string name, int length) => (await bench.Services.Writer.PutAsync(
            new PutRequest { Bucket = ObjectBench.Bucket, Key = name, Encryption = key }, new BytesSource(new byte[length]), default)).Fault;
        (await PutAsync("a", 200_000)).ShouldBe(ObjectFault.None);
        (await PutAsync("b", 100_001)).ShouldBe(ObjectFault.QuotaExceeded);
        (await PutAsync("b", 100_000)).ShouldBe(ObjectFault.None);
        await ShouldUseAsync(bench, 300_000, 2);
        await bench.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_writers_at_the_edge_never_pass_it_and_fill_it_to_the_last_byte(bool embedded)
    {
        await using var store = embedded ? new TestStore(drives: 3) : null;
        var bench = await ObjectBench.CreateAsync(on: store is null ? null : await store.OpenAsync());
        // Two openings of one store: between them nothing but the transactions decides.
        var other = await ObjectServices.OpenAsync(bench.Services.Engine.Store, bench.Blobs, bench.Services.Engine.Options, bench.Time, new Random(2), default);
        await SetAsync(bench, bytes: 1000, objects: 40);
        using var stop = new CancellationTokenSource();
        var watcher = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var usage = (await bench.Services.Buckets.Quotas.GetAsync(ObjectBench.Bucket, default)).Value;
                usage.Bytes.ShouldBeLessThanOrEqualTo(1000);
                usage.Objects.ShouldBeLessThanOrEqualTo(40);
                await Task.Yield();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(() => WriteAsync(i % 2 == 0 ? bench.Services : other, new Random(i), i))));
        await stop.CancelAsync();
        await watcher;
        await bench.ShouldBeSoundAsync();

        // Now that it is quiet what fits is taken, exactly.
        var left = (await bench.Services.Buckets.Quotas.GetAsync(ObjectBench.Bucket, default)).Value;
        if (left.Objects == 40) await bench.DeleteAsync((await Listings.CurrentAsync(bench, "", null, 1))[0].Name);
        left = (await bench.Services.Buckets.Quotas.GetAsync(ObjectBench.Bucket, default)).Value;
        (await bench.TryPutAsync("last", new byte[1000 - left.Bytes + 1])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        await bench.PutAsync("last", new byte[1000 - left.Bytes]);
        await ShouldUseAsync(bench, 1000, left.Objects + 1);
        await bench.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_quota_can_be_set_lowered_and_raised_while_many_write(bool embedded)
    {
        await using var store = embedded ? new TestStore(drives: 3) : null;
        var bench = await ObjectBench.CreateAsync(on: store is null ? null : await store.OpenAsync());
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (var round = 0; !stop.IsCancellationRequested; round++) await WriteAsync(bench.Services, new Random(i * 1000 + round), i, steps: 4);
        })).ToArray();
        var random = new Random(7);
        for (var i = 0; i < 12; i++)
        {
            var max = random.Next(1, 4000);
            var set = await SetAsync(bench, bytes: max);
            // Whatever it was above stays; but nothing is added any more.
            var before = Math.Max(max, set.Bytes);
            for (var look = 0; look < 5; look++)
            {
                (await bench.Services.Buckets.Quotas.GetAsync(ObjectBench.Bucket, default)).Value.Bytes.ShouldBeLessThanOrEqualTo(before);
                await Task.Yield();
            }
            if (i == 6) (await bench.Services.Buckets.Quotas.ClearAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await bench.ShouldBeSoundAsync();
    }

    private static async Task WriteAsync(ObjectServices services, Random random, int writer, int steps = 25)
    {
        for (var step = 0; step < steps; step++)
        {
            var key = $"k{random.Next(4) * 32 + writer}";
            var fault = random.Next(4) switch
            {
                0 => (await services.Deleter.DeleteAsync(new DeleteRequest { Bucket = ObjectBench.Bucket, Key = key }, default)).Fault,
                1 => await UploadAsync(services, key, random),
                _ => (await services.Writer.PutAsync(new PutRequest { Bucket = ObjectBench.Bucket, Key = key }, new BytesSource(new byte[random.Next(60)], random.Next(2) == 0), default)).Fault,
            };
            fault.ShouldBeOneOf(ObjectFault.None, ObjectFault.QuotaExceeded, ObjectFault.ConditionalRequestConflict);
        }
    }

    private static async Task<ObjectFault> UploadAsync(ObjectServices services, string key, Random random)
    {
        var begun = await services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = ObjectBench.Bucket, Key = key }, default);
        if (!begun.IsOk) return begun.Fault;
        var id = begun.Value.UploadId;
        var part = await services.Parts.UploadAsync(
            new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = key, UploadId = id, PartNumber = 1 }, new BytesSource(new byte[random.Next(1, 60)]), default);
        if (part.IsOk && random.Next(2) == 0)
        {
            var completed = await services.Multipart.CompleteAsync(
                new CompleteUploadRequest { Bucket = ObjectBench.Bucket, Key = key, UploadId = id, Parts = [new ListedPart(1, part.Value.ETag)] }, default);
            if (completed.IsOk) return ObjectFault.None;
        }
        return (await services.Multipart.AbortAsync(ObjectBench.Bucket, key, id, default)).Fault;
    }

    private static async Task<ObjectBench> WithQuotaAsync(long? bytes = null, long? objects = null, VersioningState versioning = VersioningState.Unversioned)
    {
        var bench = await ObjectBench.CreateAsync(versioning);
        await SetAsync(bench, bytes, objects);
        return bench;
    }

    private static async Task<QuotaUsage> SetAsync(ObjectBench bench, long? bytes = null, long? objects = null) =>
        (await bench.Services.Buckets.Quotas.SetAsync(ObjectBench.Bucket, new BucketQuota(bytes, objects), default)).Value;

    private static async Task ShouldUseAsync(ObjectBench bench, long bytes, long objects)
    {
        var usage = (await bench.Services.Buckets.Quotas.GetAsync(ObjectBench.Bucket, default)).Value;
        (usage.Bytes, usage.Objects).ShouldBe((bytes, objects));
    }

    private static async Task<Result<PartResult>> TryUploadAsync(ObjectBench bench, UploadInfo upload, int number, int length) => await bench.Services.Parts.UploadAsync(
        new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = upload.Key, UploadId = upload.UploadId, PartNumber = number }, new BytesSource(new byte[length]), default);

    private static async Task<Result<UploadInfo>> TryBeginAsync(ObjectBench bench, string key) =>
        await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = ObjectBench.Bucket, Key = key }, default);
}
