using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class LifecycleTests
{
    private const string Bucket = ObjectBench.Bucket;

    [Fact]
    public async Task An_object_expires_at_the_midnight_after_its_days()
    {
        var bench = await ObjectBench.CreateAsync();
        bench.Time.Advance(TimeSpan.FromHours(10.5));
        await SetAsync(bench, Rule() with { ExpirationDays = 3 });
        await bench.PutAsync("k", "body");
        // Written on the 1st at 10:30: three days later is the 4th at 10:30, and the midnight behind it the 5th.
        await AdvanceToAsync(bench, new DateTime(2026, 1, 4, 23, 59, 59, DateTimeKind.Utc));
        (await bench.TryGetAsync("k")).IsOk.ShouldBeTrue();
        await AdvanceToAsync(bench, new DateTime(2026, 1, 5, 0, 0, 0, DateTimeKind.Utc));
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.NoSuchKey);
        bench.Lifecycle.Done(DueOutcome.Expired).ShouldBe(1);
        (await DueRowsAsync(bench)).ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_was_there_before_the_rule_expires_by_its_own_age()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("old", "body");
        bench.Time.Advance(TimeSpan.FromDays(10));
        await bench.PutAsync("new", "body");
        await SetAsync(bench, Rule() with { ExpirationDays = 5 });
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBe(["new"]);
        bench.Lifecycle.Done(DueOutcome.Walked).ShouldBe(1);
        bench.Time.Advance(TimeSpan.FromDays(7));
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_date_counts_for_what_is_there_and_for_what_comes_after_it()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("early", "body");
        await SetAsync(bench, Rule() with { ExpirationDate = new DateTimeOffset(2026, 1, 10, 0, 0, 0, TimeSpan.Zero) });
        await AdvanceToAsync(bench, new DateTime(2026, 1, 9, 23, 0, 0, DateTimeKind.Utc));
        (await KeysAsync(bench)).ShouldBe(["early"]);
        await AdvanceToAsync(bench, new DateTime(2026, 1, 10, 0, 0, 0, DateTimeKind.Utc));
        (await KeysAsync(bench)).ShouldBeEmpty();
        await bench.PutAsync("late", "body");
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_what_fits_prefix_tags_and_sizes_expires()
    {
        var bench = await ObjectBench.CreateAsync();
        await SetAsync(bench, Rule() with { Prefix = "logs/", Tags = [new("class", "tmp"), new("team", "x")], SizeGreaterThan = 4, SizeLessThan = 10, ExpirationDays = 1 });
        KeyValuePair<string, string>[] both = [new("class", "tmp"), new("team", "x"), new("more", "y")];
        await PutTaggedAsync(bench, "logs/fits", 5, both);
        await PutTaggedAsync(bench, "logs/small", 4, both);
        await PutTaggedAsync(bench, "logs/large", 10, both);
        await PutTaggedAsync(bench, "other/fits", 5, both);
        await PutTaggedAsync(bench, "logs/one-tag", 5, [new("class", "tmp")]);
        await PutTaggedAsync(bench, "logs/other-value", 5, [new("class", "keep"), new("team", "x")]);
        await PutTaggedAsync(bench, "logs/tagged-later", 5, []);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldNotContain("logs/fits");
        (await KeysAsync(bench)).Count.ShouldBe(6);
        (await bench.Services.Updater.SetTagsAsync(new VersionTarget(Bucket, "logs/tagged-later", null), both, default)).IsOk.ShouldBeTrue();
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldNotContain("logs/tagged-later");
    }

    [Fact]
    public async Task A_versioned_bucket_hides_what_expires_behind_a_delete_marker()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        var put = await bench.PutAsync("k", "body");
        await SetAsync(bench, Rule() with { ExpirationDays = 1 });
        bench.Time.Advance(TimeSpan.FromDays(2));
        await bench.ExpireAsync();
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.DeleteMarkerIsCurrent);
        (await bench.TryGetAsync("k", put.VersionId)).IsOk.ShouldBeTrue();
        bench.Time.Advance(TimeSpan.FromDays(100));
        await bench.ExpireAsync();
        // The version behind it keeps the marker in its place, and no second one is made.
        (await VersionsAsync(bench)).Count.ShouldBe(2);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_suspended_bucket_loses_the_null_version_and_keeps_the_others()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        var kept = await bench.PutAsync("k", "old");
        (await bench.Services.Buckets.SetVersioningAsync(Bucket, VersioningState.Suspended, default)).IsOk.ShouldBeTrue();
        await bench.PutAsync("k", "null");
        await SetAsync(bench, Rule() with { ExpirationDays = 1 });
        bench.Time.Advance(TimeSpan.FromDays(2));
        await bench.ExpireAsync();
        var versions = await VersionsAsync(bench);
        versions.Select(version => (version.IsDeleteMarker, version.VersionId)).ShouldBe([(true, "null"), (false, kept.VersionId)]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Noncurrent_versions_go_after_their_days_and_the_newest_are_kept()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await SetAsync(bench, Rule() with { NoncurrentDays = 2, NewerNoncurrentVersions = 2 });
        for (var i = 0; i < 6; i++)
        {
            await bench.PutAsync("k", $"v{i}");
            bench.Time.Advance(TimeSpan.FromHours(1));
        }
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).Count.ShouldBe(6);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await BodiesAsync(bench)).ShouldBe(["v5", "v4", "v3"]);
        // Old enough already: the next overwrite brings one of them into excess, and it goes at once.
        await bench.PutAsync("k", "v6");
        await bench.ExpireAsync();
        (await BodiesAsync(bench)).ShouldBe(["v6", "v5", "v4"]);
        await bench.PutAsync("k", "v7");
        await bench.PutAsync("k", "v8");
        await bench.ExpireAsync();
        // v4 and v5 became excess. v4 is old; v5 was current until just now, and has its days before it.
        (await BodiesAsync(bench)).ShouldBe(["v8", "v7", "v6", "v5"]);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await BodiesAsync(bench)).ShouldBe(["v8", "v7", "v6"]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_delete_marker_goes_when_nothing_is_behind_it_any_more()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await SetAsync(bench, Rule() with { ExpiredObjectDeleteMarker = true, NoncurrentDays = 1 });
        await bench.PutAsync("k", "body");
        await bench.DeleteAsync("k");
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).Count.ShouldBe(2);
        bench.Time.Advance(TimeSpan.FromDays(2));
        await bench.ExpireAsync();
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).ShouldBeEmpty();
        bench.Lifecycle.Done(DueOutcome.MarkerRemoved).ShouldBe(1);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_delete_marker_that_a_client_leaves_alone_goes_too()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await SetAsync(bench, Rule() with { ExpiredObjectDeleteMarker = true });
        var put = await bench.PutAsync("k", "body");
        await bench.DeleteAsync("k");
        bench.Time.Advance(TimeSpan.FromDays(2));
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).Count.ShouldBe(2);
        await bench.DeleteAsync("k", put.VersionId);
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Days_of_expiration_take_lone_delete_markers_that_are_as_old()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await SetAsync(bench, Rule() with { ExpirationDays = 5, NoncurrentDays = 1 });
        await bench.PutAsync("k", "body");
        await bench.DeleteAsync("k");
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).Single().IsDeleteMarker.ShouldBeTrue();
        bench.Time.Advance(TimeSpan.FromDays(4));
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_is_given_up_after_its_days_and_its_parts_with_it()
    {
        var bench = await ObjectBench.CreateAsync();
        var before = await bench.BeginAsync("up/before");
        await SetAsync(bench, Rule() with { Prefix = "up/", AbortDays = 2 });
        var upload = await bench.BeginAsync("up/k");
        upload.Abort!.RuleId.ShouldBe("rule");
        upload.Abort.At.ShouldBe(new DateTimeOffset(2026, 1, 4, 0, 0, 0, TimeSpan.Zero));
        await bench.UploadAsync(upload, 1, ObjectBench.Bytes(100, 1));
        var other = await bench.BeginAsync("elsewhere");
        var completed = await bench.BeginAsync("up/completed");
        (await bench.CompleteAsync(completed, [new ListedPart(1, (await bench.UploadAsync(completed, 1, [1, 2])).ETag)])).IsOk.ShouldBeTrue();
        bench.Time.Advance(TimeSpan.FromDays(4));
        await bench.ExpireAsync();
        bench.Lifecycle.Done(DueOutcome.Aborted).ShouldBe(2);
        foreach (var gone in new[] { before, upload })
            (await bench.Services.Uploads.GetAsync(Bucket, gone.Key, gone.UploadId, default)).Fault.ShouldBe(ObjectFault.NoSuchUpload);
        (await bench.Services.Uploads.GetAsync(Bucket, other.Key, other.UploadId, default)).IsOk.ShouldBeTrue();
        (await bench.TryGetAsync("up/completed")).IsOk.ShouldBeTrue();
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        (await DueRowsAsync(bench)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_locked_stays_until_its_retention_ends_and_its_hold_is_off()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        (await bench.Services.Buckets.SetObjectLockAsync(Bucket, null, default)).IsOk.ShouldBeTrue();
        await SetAsync(bench, Rule() with { NoncurrentDays = 1 });
        var retained = await bench.PutAsync("retained", "body");
        var held = await bench.PutAsync("held", "body");
        var until = bench.Time.GetUtcNow().AddDays(10);
        (await bench.Services.Updater.SetRetentionAsync(new(Bucket, "retained", retained.VersionId), new Retention(RetentionMode.Governance, until), false, default)).IsOk.ShouldBeTrue();
        (await bench.Services.Updater.SetLegalHoldAsync(new(Bucket, "held", held.VersionId), true, default)).IsOk.ShouldBeTrue();
        await bench.PutAsync("retained", "newer");
        await bench.PutAsync("held", "newer");
        bench.Time.Advance(TimeSpan.FromDays(9));
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).Count.ShouldBe(4);
        bench.Time.Advance(TimeSpan.FromDays(2));
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).Count.ShouldBe(3);
        (await bench.Services.Updater.SetLegalHoldAsync(new(Bucket, "held", held.VersionId), false, default)).IsOk.ShouldBeTrue();
        await bench.ExpireAsync();
        (await VersionsAsync(bench)).Count.ShouldBe(2);
        bench.Lifecycle.Errors.ShouldBe(0);
    }

    [Fact]
    public async Task A_rule_that_is_changed_or_deleted_counts_no_longer()
    {
        var bench = await ObjectBench.CreateAsync();
        await SetAsync(bench, Rule() with { ExpirationDays = 1 });
        await bench.PutAsync("k", "body");
        await SetAsync(bench, Rule() with { ExpirationDays = 30 });
        bench.Time.Advance(TimeSpan.FromDays(5));
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBe(["k"]);
        (await bench.Services.Lifecycle.DeleteAsync(Bucket, default)).IsOk.ShouldBeTrue();
        bench.Time.Advance(TimeSpan.FromDays(50));
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBe(["k"]);
        (await DueRowsAsync(bench)).ShouldBeEmpty();
        await SetAsync(bench, Rule() with { ExpirationDays = 10, IsEnabled = false });
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBe(["k"]);
    }

    [Fact]
    public async Task Rows_of_a_bucket_that_is_gone_are_dropped_and_a_new_one_of_its_name_is_left_alone()
    {
        var bench = await ObjectBench.CreateAsync();
        await SetAsync(bench, Rule() with { AbortDays = 1, ExpirationDays = 1 });
        await bench.BeginAsync("k");
        await bench.ExpireAsync();
        (await bench.Services.Buckets.DeleteAsync(Bucket, default)).IsOk.ShouldBeTrue();
        await bench.CreateBucketAsync(Bucket);
        await bench.PutAsync("k", "body");
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBe(["k"]);
        (await DueRowsAsync(bench)).ShouldBeEmpty();
        bench.Lifecycle.Errors.ShouldBe(0);
    }

    [Fact]
    public async Task An_overwrite_that_races_with_expiry_is_never_deleted()
    {
        var bench = await ObjectBench.CreateAsync();
        await SetAsync(bench, Rule() with { ExpirationDays = 1 });
        await bench.PutAsync("k", "old");
        bench.Time.Advance(TimeSpan.FromDays(3));
        // A second process, so that no lock in memory orders the two.
        var other = await ObjectServices.OpenAsync(bench.Store, bench.Blobs, new ObjectServiceOptions(), bench.Time, new Random(2), default);
        var raced = false;
        bench.Store.BeforeCommit = _ =>
        {
            if (raced) return;
            raced = true;
            other.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = "k" }, new BytesSource("new"u8.ToArray()), default).AsTask().GetAwaiter().GetResult().IsOk.ShouldBeTrue();
        };
        await bench.ExpireAsync();
        raced.ShouldBeTrue();
        (await bench.GetAsync("k")).ShouldBe("new"u8.ToArray());
        bench.Lifecycle.Done(DueOutcome.Expired).ShouldBe(0);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Writers_beside_the_engine_lose_nothing_that_is_young()
    {
        var bench = await ObjectBench.CreateAsync();
        await SetAsync(bench, Rule() with { ExpirationDays = 1 });
        string[] keys = [.. Enumerable.Range(0, 40).Select(i => $"k{i:d2}")];
        foreach (var key in keys) await bench.PutAsync(key, "old");
        bench.Time.Advance(TimeSpan.FromDays(3));
        // Another process, so that nothing but transactions orders them.
        var other = await ObjectServices.OpenAsync(bench.Store, bench.Blobs, new ObjectServiceOptions(), bench.Time, new Random(2), default);
        var writing = Task.Run(async () =>
        {
            foreach (var key in keys.Reverse().Where((_, i) => i % 2 == 0))
                (await other.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = key }, new BytesSource("new"u8.ToArray()), default)).IsOk.ShouldBeTrue();
        });
        await Task.WhenAll(writing, Task.Run(bench.ExpireAsync));
        await bench.ExpireAsync();
        (await KeysAsync(bench)).ShouldBe([.. keys.Reverse().Where((_, i) => i % 2 == 0).Order(StringComparer.Ordinal)]);
        foreach (var key in await KeysAsync(bench)) (await bench.GetAsync(key)).ShouldBe("new"u8.ToArray());
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_crash_at_any_commit_loses_nothing_and_repeats_nothing_wrongly()
    {
        for (var limit = 0; ; limit++)
        {
            var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
            for (var i = 0; i < 4; i++)
            {
                await bench.PutAsync($"k{i}", "one");
                await bench.PutAsync($"k{i}", "two");
            }
            bench.Time.Advance(TimeSpan.FromDays(10));
            await bench.PutAsync("young", "body");
            await SetAsync(bench, Rule() with { ExpirationDays = 3, NoncurrentDays = 2 });
            var commits = 0;
            var crashed = false;
            bench.Store.BeforeCommit = _ =>
            {
                if (Interlocked.Increment(ref commits) <= limit) return;
                crashed = true;
                throw new CrashException();
            };
            try
            {
                await bench.ExpireAsync();
            }
            catch (CrashException)
            {
                // What was in memory is gone; the store is as it was committed.
            }
            bench.Store.BeforeCommit = null;
            await bench.ReopenAsync(bench.Store, limit);
            await bench.ExpireAsync();
            var versions = await VersionsAsync(bench);
            versions.Count(version => version.IsDeleteMarker).ShouldBe(4, $"crash after commit {limit}");
            versions.Count(version => !version.IsDeleteMarker).ShouldBe(5, $"crash after commit {limit}");
            bench.Time.Advance(TimeSpan.FromDays(4));
            await bench.ExpireAsync();
            await bench.ExpireAsync();
            versions = await VersionsAsync(bench);
            versions.Select(version => version.Key).ShouldBe(["young", "young"], $"crash after commit {limit}");
            await bench.ShouldBeSoundAsync($"crash after commit {limit}");
            if (!crashed) return;
        }
    }

    [Fact]
    public async Task Writers_in_a_bucket_without_rules_write_no_rows_and_read_no_more()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        await bench.PutAsync("k", "one");
        await bench.PutAsync("k", "two");
        await bench.DeleteAsync("k");
        (await DueRowsAsync(bench)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Expiring_a_few_of_a_hundred_thousand_objects_reads_what_expires()
    {
        var counting = new CountingStore(new ObjectStore.TestKit.Kv.InMemoryKeyValueStore());
        var bench = await ObjectBench.CreateAsync(on: counting);
        var id = (await bench.Services.Buckets.GetAsync(Bucket, default)).Value.Id;
        const int objects = 100_000, expiring = 500;
        using (var load = counting.Begin())
        {
            for (var i = 0; i < objects; i++)
            {
                var record = new VersionRecord { Sequence = 1, Nonce = (ulong)i, ModifiedTicks = bench.Services.Engine.NowTicks(), Flags = (uint)VersionFlags.Null };
                load.PutRecord(SchemaKeys.Current(id, System.Text.Encoding.UTF8.GetBytes(i < expiring ? $"tmp/{i:d6}" : $"keep/{i:d6}")), record);
            }
            load.Add(SchemaKeys.Counter(id, 0, 0), objects);
            load.Add(SchemaKeys.Counter(id, 0, 1), objects);
            await load.CommitAsync();
        }
        await SetAsync(bench, Rule() with { Prefix = "tmp/", ExpirationDays = 1 });
        counting.Reads = 0;
        await bench.ExpireAsync();
        counting.Reads.ShouldBeInRange(objects, objects + 5_000);
        counting.Reads = 0;
        await bench.ExpireAsync();
        counting.Reads.ShouldBeLessThan(5);
        bench.Time.Advance(TimeSpan.FromDays(3));
        counting.Reads = 0;
        await bench.ExpireAsync();
        bench.Lifecycle.Done(DueOutcome.Expired).ShouldBe(expiring);
        counting.Reads.ShouldBeLessThan(expiring * 12);
        counting.Reads = 0;
        await bench.ExpireAsync();
        counting.Reads.ShouldBeLessThan(5);
    }

    internal static LifecycleRule Rule() => new() { Id = "rule" };

    internal static async Task SetAsync(ObjectBench bench, params LifecycleRule[] rules) =>
        (await bench.Services.Lifecycle.PutAsync(Bucket, new LifecycleConfiguration(rules), default)).IsOk.ShouldBeTrue();

    internal static async Task<IReadOnlyList<ListedVersion>> VersionsAsync(ObjectBench bench)
    {
        var versions = new List<ListedVersion>();
        string? key = null, version = null;
        while (true)
        {
            var page = (await bench.Services.Versions.ListAsync(new ListVersionsRequest { Bucket = Bucket, KeyMarker = key, VersionIdMarker = version }, default)).Value;
            versions.AddRange(page.Versions);
            if (!page.IsTruncated) return versions;
            (key, version) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
    }

    internal static async Task<List<byte[]>> DueRowsAsync(ObjectBench bench)
    {
        using var snapshot = bench.Services.Engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.OfTable(KvTables.Due));
        var rows = new List<byte[]>();
        while (await cursor.MoveNextAsync()) rows.Add(cursor.Key.ToArray());
        return rows;
    }

    private static async Task<List<string>> KeysAsync(ObjectBench bench) => [.. (await VersionsAsync(bench)).Where(version => !version.IsDeleteMarker).Select(version => version.Key)];

    private static async Task<List<string>> BodiesAsync(ObjectBench bench)
    {
        var bodies = new List<string>();
        foreach (var version in await VersionsAsync(bench)) bodies.Add(System.Text.Encoding.UTF8.GetString(await bench.GetAsync(version.Key, version.VersionId)));
        return bodies;
    }

    private static async Task PutTaggedAsync(ObjectBench bench, string key, int lengthBytes, IReadOnlyList<KeyValuePair<string, string>> tags) =>
        (await bench.Services.Writer.PutAsync(
            new PutRequest { Bucket = Bucket, Key = key, Headers = new ObjectHeaders { Tags = tags } }, new BytesSource(ObjectBench.Bytes(lengthBytes, 1)), default)).IsOk.ShouldBeTrue();

    private static async Task AdvanceToAsync(ObjectBench bench, DateTime time)
    {
        bench.Time.Advance(time - bench.Time.GetUtcNow().UtcDateTime);
        await bench.ExpireAsync();
    }

    private sealed class CrashException : Exception;

    /// <summary>Counts rows that are read.</summary>
    private sealed class CountingStore(IKeyValueStore inner) : IKeyValueStore
    {
        private long _reads;

        public long Reads { get => Interlocked.Read(ref _reads); set => Interlocked.Exchange(ref _reads, value); }

        public IKvSnapshot Snapshot() => new CountingSnapshot(this, inner.Snapshot());

        public IKvTransaction Begin() => new CountingTransaction(this, inner.Begin());

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private void Count() => Interlocked.Increment(ref _reads);

        private sealed class CountingSnapshot(CountingStore store, IKvSnapshot snapshot) : IKvSnapshot
        {
            public ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken ct)
            {
                store.Count();
                return snapshot.GetAsync(key, ct);
            }

            public IKvCursor Scan(KeyRange range, bool reverse) => new CountingCursor(store, snapshot.Scan(range, reverse));

            public void Dispose() => snapshot.Dispose();
        }

        private sealed class CountingTransaction(CountingStore store, IKvTransaction transaction) : IKvTransaction
        {
            public ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken ct)
            {
                store.Count();
                return transaction.GetAsync(key, ct);
            }

            public IKvCursor Scan(KeyRange range, bool reverse) => new CountingCursor(store, transaction.Scan(range, reverse));

            public void Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => transaction.Put(key, value);

            public void Delete(ReadOnlyMemory<byte> key) => transaction.Delete(key);

            public void DeleteRange(KeyRange range) => transaction.DeleteRange(range);

            public void Add(ReadOnlyMemory<byte> key, long delta) => transaction.Add(key, delta);

            public void AddBounded(ReadOnlyMemory<byte> key, long delta, long max) => transaction.AddBounded(key, delta, max);

            public ValueTask CommitAsync(CancellationToken ct) => transaction.CommitAsync(ct);

            public void Dispose() => transaction.Dispose();
        }

        private sealed class CountingCursor(CountingStore store, IKvCursor cursor) : IKvCursor
        {
            public ReadOnlySpan<byte> Key => cursor.Key;

            public ReadOnlySpan<byte> Value => cursor.Value;

            public ValueTask<bool> MoveNextAsync(CancellationToken ct)
            {
                store.Count();
                return cursor.MoveNextAsync(ct);
            }

            public ValueTask<bool> SeekAsync(ReadOnlyMemory<byte> key, CancellationToken ct)
            {
                store.Count();
                return cursor.SeekAsync(key, ct);
            }

            public void Dispose() => cursor.Dispose();
        }
    }
}
