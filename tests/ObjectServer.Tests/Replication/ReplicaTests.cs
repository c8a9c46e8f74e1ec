using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;

namespace ObjectStore.ObjectServer.Tests.Replication;

/// <summary>What arriving versions do to a bucket: lifecycle, quotas, locks, null versions, and shared bytes.</summary>
public sealed class ReplicaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Lifecycle_does_to_replicas_what_it_does_to_their_versions(int seed)
    {
        var random = new Random(seed);
        var (source, target) = (await ReplicaStore.CreateAsync(seed, locks: false), await ReplicaStore.CreateAsync(seed, locks: false));
        var rules = new LifecycleConfiguration(
        [
            new LifecycleRule { Id = "keep", Prefix = "a", NoncurrentDays = 1, NewerNoncurrentVersions = 2 },
            new LifecycleRule { Id = "days", Prefix = "b", NoncurrentDays = 2, ExpiredObjectDeleteMarker = true },
            new LifecycleRule { Id = "current", Prefix = "c", ExpirationDays = 3, NoncurrentDays = 5 },
        ]);
        foreach (var store in (ReplicaStore[])[source, target]) (await store.Services.Lifecycle.PutAsync(store.Bucket, rules, default)).IsOk.ShouldBeTrue();
        for (var step = 0; step < 40; step++)
        {
            Pass(TimeSpan.FromMinutes(random.Next(1, 20)));
            var key = random.Next(3) switch { 0 => "a", 1 => "b", _ => "c" };
            if (random.Next(4) == 0) await source.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = source.Bucket, Key = key, OwnerId = "owner" }, default);
            else await source.Services.Writer.PutAsync(new PutRequest { Bucket = source.Bucket, Key = key, OwnerId = "owner" }, new BytesSource(ObjectBench.Bytes(20, step)), default);
        }
        var all = (await source.VersionsAsync()).ToArray();
        random.Shuffle(all);
        foreach (var (key, record, _) in all)
        {
            (await source.SendAsync(key, record, target.AsTarget())).Result.ShouldBe(ReplicaResult.Done);
            Pass(TimeSpan.FromSeconds(30));
            await target.Bench.ShouldBeSoundAsync($"seed {seed}");
        }
        (await target.ImagesAsync()).ShouldBe(await source.ImagesAsync(), $"seed {seed}");
        for (var day = 0; day < 8; day++)
        {
            Pass(TimeSpan.FromDays(1));
            await source.Bench.ExpireAsync();
            await target.Bench.ExpireAsync();
            await target.Bench.ShouldBeSoundAsync($"seed {seed}, day {day}");
            // Markers that expiration makes are each store's own.
            (await WithoutMarkersAsync(target)).ShouldBe(await WithoutMarkersAsync(source), $"seed {seed}, day {day}");
        }

        void Pass(TimeSpan time)
        {
            source.Bench.Time.Advance(time);
            target.Bench.Time.Advance(time);
        }

        static async Task<List<string>> WithoutMarkersAsync(ReplicaStore store) =>
            [.. (await store.VersionsAsync()).Where(version => !version.Record.IsDeleteMarker()).Select(version => $"{version.Key} {version.Record.Sequence} {version.IsCurrent}")];
    }

    [Fact]
    public async Task A_quota_holds_for_replicas_and_frees_what_was_written_for_nothing()
    {
        var (source, target) = (await ReplicaStore.CreateAsync(1), await ReplicaStore.CreateAsync(2));
        (await target.Services.Buckets.Quotas.SetAsync(target.Bucket, new BucketQuota(150, 2), default)).IsOk.ShouldBeTrue();
        foreach (var key in (string[])["a", "b", "c"])
        {
            source.Bench.Time.Advance(TimeSpan.FromSeconds(1));
            await source.Services.Writer.PutAsync(new PutRequest { Bucket = source.Bucket, Key = key, OwnerId = "owner" }, new BytesSource(ObjectBench.Bytes(100, 1)), default);
        }
        await source.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = source.Bucket, Key = "c", OwnerId = "owner" }, default);
        target.Bench.Time.Advance(TimeSpan.FromSeconds(3));
        var results = new List<ReplicaResult>();
        foreach (var (key, record, _) in await source.VersionsAsync()) results.Add((await source.SendAsync(key, record, target.AsTarget())).Result);
        results.ShouldBe([ReplicaResult.Done, ReplicaResult.Unavailable, ReplicaResult.Done, ReplicaResult.Unavailable], "the first, and the marker");
        await target.Bench.ShouldBeSoundAsync();
        await target.Bench.CollectAllAsync();
        await target.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_null_version_arrives_with_an_id_and_is_known_when_it_comes_back()
    {
        var bench = await ObjectBench.CreateAsync(seed: 1);
        await bench.PutAsync("k", "from before");
        (await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Enabled, default)).IsOk.ShouldBeTrue();
        var (source, target) = (new ReplicaStore(bench, ObjectBench.Bucket), await ReplicaStore.CreateAsync(2, bucket: ObjectBench.Bucket + "2"));
        var (key, record, _) = (await source.VersionsAsync()).ShouldHaveSingleItem();
        VersionId.NameOf(record).ShouldBe("null");
        (await source.SendAsync(key, record, target.AsTarget())).Result.ShouldBe(ReplicaResult.Done);
        var there = (await target.VersionsAsync()).ShouldHaveSingleItem().Record;
        VersionId.NameOf(there).ShouldBe(new VersionId(record.Sequence, record.Nonce).ToString());
        (await target.SendAsync(key, there, source.AsTarget())).Result.ShouldBe(ReplicaResult.Done);
        VersionId.NameOf((await source.VersionsAsync()).ShouldHaveSingleItem().Record).ShouldBe("null");
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_bucket_that_ceased_to_keep_versions_takes_none()
    {
        var (source, target) = (await ReplicaStore.CreateAsync(1, locks: false), await ReplicaStore.CreateAsync(2, locks: false));
        await source.Services.Writer.PutAsync(new PutRequest { Bucket = source.Bucket, Key = "k", OwnerId = "owner" }, new BytesSource([1]), default);
        await target.Services.Buckets.SetVersioningAsync(target.Bucket, VersioningState.Suspended, default);
        var (key, record, _) = (await source.VersionsAsync()).ShouldHaveSingleItem();
        (await source.SendAsync(key, record, target.AsTarget())).Result.ShouldBe(ReplicaResult.Unavailable);
    }

    [Fact]
    public async Task Within_one_store_bytes_are_shared_and_outlive_either_holder()
    {
        var source = await ReplicaStore.CreateAsync(1);
        var target = await ReplicaStore.CreateAsync(1, bucket: "copies", on: source.Bench);
        await source.Services.Writer.PutAsync(new PutRequest { Bucket = source.Bucket, Key = "k", OwnerId = "owner" }, new BytesSource(ObjectBench.Bytes(5000, 1)), default);
        var (key, record, _) = (await source.VersionsAsync()).ShouldHaveSingleItem();
        (await source.SendAsync(key, record, target.AsTarget())).ShouldBe(ReplicaOutcome.Done(0), "no byte moves");
        (await target.VersionsAsync()).ShouldHaveSingleItem().Record.ContentId.ShouldBe(record.ContentId);
        (await target.ImagesAsync()).ShouldBe(await source.ImagesAsync());
        await source.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = source.Bucket, Key = "k", VersionId = VersionId.NameOf(record) }, default);
        await source.Bench.CollectAllAsync();
        (await target.ReadAsync("k", record)).ShouldBe(ObjectBench.Bytes(5000, 1));
        await source.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Bytes_move_where_the_class_or_the_encryption_is_another()
    {
        var classes = new StorageClassTable(new Dictionary<string, Scheme> { ["WIDE"] = new Scheme(2, 1) });
        var source = await ReplicaStore.CreateAsync(1, on: await ObjectBench.CreateAsync(seed: 1, keys: new TestKeys(), classes: classes));
        var target = await ReplicaStore.CreateAsync(1, bucket: "copies", on: source.Bench);
        await source.Services.Writer.PutAsync(new PutRequest { Bucket = source.Bucket, Key = "wide", OwnerId = "owner", StorageClass = "WIDE" }, new BytesSource(ObjectBench.Bytes(5000, 1)), default);
        await source.Services.Writer.PutAsync(new PutRequest { Bucket = source.Bucket, Key = "plain", OwnerId = "owner" }, new BytesSource(ObjectBench.Bytes(5000, 2)), default);
        await source.Services.Writer.PutAsync(
            new PutRequest { Bucket = source.Bucket, Key = "sealed", OwnerId = "owner", Encryption = Annotations.Sealing(EncryptionMethod.StoreKey) }, new BytesSource(ObjectBench.Bytes(5000, 3)), default);
        (await target.Services.Buckets.SetEncryptionAsync(target.Bucket, new BucketEncryption(EncryptionMethod.StoreKey, null, false, false), default)).IsOk.ShouldBeTrue();
        foreach (var (key, record, _) in await source.VersionsAsync())
        {
            var destination = key == "wide" ? "STANDARD" : null;
            (await source.SendAsync(key, record, target.AsTarget(), storageClass: destination)).Result.ShouldBe(ReplicaResult.Done);
            (await target.ReadAsync(key, record)).ShouldBe(await source.ReadAsync(key, record), key);
        }
        (await target.VersionsAsync()).ShouldAllBe(version => version.Record.Encryption != null && version.Record.StorageClass == "");
        await source.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_default_retention_of_the_target_counts_for_what_brings_none()
    {
        var (source, target) = (await ReplicaStore.CreateAsync(1), await ReplicaStore.CreateAsync(2));
        await target.Services.Buckets.SetObjectLockAsync(target.Bucket, new DefaultRetention(RetentionMode.Governance, 3, 0), default);
        await source.Services.Writer.PutAsync(new PutRequest { Bucket = source.Bucket, Key = "k", OwnerId = "owner" }, new BytesSource([1]), default);
        var (key, record, _) = (await source.VersionsAsync()).ShouldHaveSingleItem();
        for (var i = 0; i < 2; i++) (await source.SendAsync(key, record, target.AsTarget())).Result.ShouldBe(ReplicaResult.Done);
        (await target.VersionsAsync()).ShouldHaveSingleItem().Record.RetentionMode.ShouldBe((uint)RetentionMode.Governance, "also after it came again");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(5000)]
    public async Task What_only_its_writer_can_open_is_shared_within_one_store_and_opens_under_the_same_key(int length)
    {
        var key = new CustomerKey([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        var classes = new StorageClassTable(new Dictionary<string, Scheme> { ["WIDE"] = new Scheme(2, 1) });
        var source = await ReplicaStore.CreateAsync(1, on: await ObjectBench.CreateAsync(seed: 1, classes: classes));
        var target = await ReplicaStore.CreateAsync(1, bucket: "copies", on: source.Bench);
        await source.Services.Writer.PutAsync(
            new PutRequest { Bucket = source.Bucket, Key = "k", OwnerId = "owner", Encryption = Annotations.Sealing(EncryptionMethod.CustomerKey, key) }, new BytesSource(ObjectBench.Bytes(length, 1)), default);
        var record = (await source.VersionsAsync()).ShouldHaveSingleItem().Record;
        if (length > 100) (await source.SendAsync("k", record, target.AsTarget(), storageClass: "WIDE")).Result.ShouldBe(ReplicaResult.Refused, "it cannot be encoded anew");
        (await source.SendAsync("k", record, target.AsTarget())).ShouldBe(ReplicaOutcome.Done(0));
        (await source.SendAsync("k", record, target.AsTarget())).ShouldBe(ReplicaOutcome.Done(0));
        (await target.ImagesAsync()).ShouldBe(await source.ImagesAsync());
        await source.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = source.Bucket, Key = "k", VersionId = VersionId.NameOf(record) }, default);
        await source.Bench.CollectAllAsync();
        using (var handle = (await target.Services.Reader.OpenAsync(new ReadRequest { Bucket = "copies", Key = "k", CustomerKey = key }, default)).Value)
            (await ObjectBench.ReadAsync(handle, 0, length)).ShouldBe(ObjectBench.Bytes(length, 1));
        (await target.Services.Reader.OpenAsync(new ReadRequest { Bucket = "copies", Key = "k", CustomerKey = new CustomerKey(new byte[32]) }, default)).Fault.ShouldBe(ObjectFault.CustomerKeyMismatch);
        await source.Bench.ShouldBeSoundAsync();
    }
}
