using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class LockTests
{
    private const string Bucket = ObjectBench.Bucket;

    private static async Task<ObjectBench> LockedBenchAsync(DefaultRetention? retention = null)
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        (await bench.Services.Buckets.SetObjectLockAsync(Bucket, retention, default)).IsOk.ShouldBeTrue();
        return bench;
    }

    private static DateTimeOffset In(ObjectBench bench, double days) => bench.Time.GetUtcNow().AddDays(days);

    private static async Task<Result<WriteResult>> TryPutAsync(ObjectBench bench, ObjectLock wanted, string key = "k") => await bench.Services.Writer.PutAsync(
        new PutRequest { Bucket = Bucket, Key = key, Lock = wanted }, new BytesSource(ObjectBench.Bytes(100, 1)), default);

    private static async Task<ObjectFault> DeleteAsync(ObjectBench bench, string? version, bool bypass = false, string key = "k") => (await bench.Services.Deleter.DeleteAsync(
        new DeleteRequest { Bucket = Bucket, Key = key, VersionId = version, BypassGovernance = bypass }, default)).Fault;

    private static async Task<ObjectFault> RetainAsync(ObjectBench bench, Retention retention, bool bypass = false) =>
        (await bench.Services.Updater.SetRetentionAsync(new VersionTarget(Bucket, "k", null), retention, bypass, default)).Fault;

    [Theory]
    [InlineData(RetentionMode.Governance, true)]
    [InlineData(RetentionMode.Compliance, false)]
    public async Task A_retained_version_cannot_be_deleted_before_its_time_but_by_bypassing_governance(object mode, bool canBypass)
    {
        var bench = await LockedBenchAsync();
        var written = (await TryPutAsync(bench, new ObjectLock(new Retention((RetentionMode)mode, In(bench, 1)), LegalHold.None))).Value;
        (await DeleteAsync(bench, written.VersionId)).ShouldBe(ObjectFault.ObjectLocked);
        // A delete marker deletes nothing.
        (await DeleteAsync(bench, null)).ShouldBe(ObjectFault.None);
        bench.Time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(1));
        (await DeleteAsync(bench, written.VersionId)).ShouldBe(ObjectFault.ObjectLocked);
        (await bench.GetAsync("k", written.VersionId)).Length.ShouldBe(100);
        (await DeleteAsync(bench, written.VersionId, bypass: true)).ShouldBe(canBypass ? ObjectFault.None : ObjectFault.ObjectLocked);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await DeleteAsync(bench, written.VersionId)).ShouldBe(ObjectFault.None);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_legal_hold_gives_way_to_nothing_but_its_end()
    {
        var bench = await LockedBenchAsync();
        var written = (await TryPutAsync(bench, new ObjectLock(default, LegalHold.On))).Value;
        bench.Time.Advance(TimeSpan.FromDays(100_000));
        (await DeleteAsync(bench, written.VersionId, bypass: true)).ShouldBe(ObjectFault.ObjectLocked);
        var released = await bench.Services.Updater.SetLegalHoldAsync(new VersionTarget(Bucket, "k", written.VersionId), false, default);
        released.Value.Lock.LegalHold.ShouldBe(LegalHold.Off);
        (await DeleteAsync(bench, written.VersionId)).ShouldBe(ObjectFault.None);
    }

    /// <summary>What may follow on what: the new retention ends so many days from now; 0 removes it.</summary>
    [Theory]
    [InlineData(RetentionMode.Governance, 10, RetentionMode.Governance, 11, true, true)]
    [InlineData(RetentionMode.Governance, 10, RetentionMode.Governance, 10, true, true)]
    [InlineData(RetentionMode.Governance, 10, RetentionMode.Governance, 9, false, true)]
    [InlineData(RetentionMode.Governance, 10, RetentionMode.Compliance, 20, false, true)]
    [InlineData(RetentionMode.Governance, 10, RetentionMode.None, 0, false, true)]
    [InlineData(RetentionMode.Compliance, 10, RetentionMode.Compliance, 11, true, true)]
    [InlineData(RetentionMode.Compliance, 10, RetentionMode.Compliance, 10, true, true)]
    [InlineData(RetentionMode.Compliance, 10, RetentionMode.Compliance, 9, false, false)]
    [InlineData(RetentionMode.Compliance, 10, RetentionMode.Governance, 20, false, false)]
    [InlineData(RetentionMode.Compliance, 10, RetentionMode.None, 0, false, false)]
    public async Task A_retention_that_stands_may_only_be_extended(object before, int days, object after, int newDays, bool plain, bool bypassing)
    {
        foreach (var bypass in new[] { false, true })
        {
            var bench = await LockedBenchAsync();
            (await TryPutAsync(bench, new ObjectLock(new Retention((RetentionMode)before, In(bench, days)), LegalHold.None))).IsOk.ShouldBeTrue();
            var wanted = (RetentionMode)after == RetentionMode.None ? default : new Retention((RetentionMode)after, In(bench, newDays));
            (await RetainAsync(bench, wanted, bypass)).ShouldBe((bypass ? bypassing : plain) ? ObjectFault.None : ObjectFault.ObjectLocked);

            // When it has ended it binds no longer.
            bench.Time.Advance(TimeSpan.FromDays(days + newDays + 1));
            (await RetainAsync(bench, default, bypass)).ShouldBe(ObjectFault.None);
        }
    }

    [Fact]
    public async Task The_bucket_s_default_retention_goes_to_every_new_version_whose_writer_asks_for_none()
    {
        var bench = await LockedBenchAsync(new DefaultRetention(RetentionMode.Compliance, Days: 0, Years: 1));
        var now = bench.Time.GetUtcNow();
        var expected = new Retention(RetentionMode.Compliance, now.AddYears(1));
        await bench.PutAsync("inline", "x");
        await bench.PutAsync("k", ObjectBench.Bytes(100, 1));
        await bench.PutPartsAsync("parts", ObjectBench.Bytes(10, 1), ObjectBench.Bytes(10, 2));
        foreach (var source in new[] { "inline", "k" })
            (await bench.Services.Copier.CopyAsync(new CopyRequest { SourceBucket = Bucket, SourceKey = source, Bucket = Bucket, Key = "copy-" + source }, default)).IsOk.ShouldBeTrue();
        foreach (var key in new[] { "inline", "k", "parts", "copy-inline", "copy-k" })
            (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = key }, default)).Value.Lock.ShouldBe(new ObjectLock(expected, LegalHold.None), key);

        var own = new Retention(RetentionMode.Governance, now.AddDays(2));
        (await TryPutAsync(bench, new ObjectLock(own, LegalHold.On))).IsOk.ShouldBeTrue();
        (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = "k" }, default)).Value.Lock.ShouldBe(new ObjectLock(own, LegalHold.On));
        (await bench.DeleteAsync("k")).MarkerMade.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_copy_does_not_take_its_source_s_lock_and_an_upload_keeps_the_one_it_began_with()
    {
        var bench = await LockedBenchAsync();
        var wanted = new ObjectLock(new Retention(RetentionMode.Compliance, In(bench, 5)), LegalHold.On);
        foreach (var key in new[] { "k", "other" }) (await TryPutAsync(bench, wanted, key)).IsOk.ShouldBeTrue();
        var copied = await bench.Services.Copier.CopyAsync(new CopyRequest { SourceBucket = Bucket, SourceKey = "k", Bucket = Bucket, Key = "copy" }, default);
        (await DeleteAsync(bench, copied.Value.Written.VersionId, key: "copy")).ShouldBe(ObjectFault.None);

        var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "upload", Lock = wanted }, default)).Value;
        var part = await bench.UploadAsync(upload, 1, [1, 2, 3]);
        var completed = (await bench.CompleteAsync(upload, [new ListedPart(1, part.ETag)])).Value;
        (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = "upload" }, default)).Value.Lock.ShouldBe(wanted);
        (await DeleteAsync(bench, completed.VersionId, key: "upload")).ShouldBe(ObjectFault.ObjectLocked);
    }

    [Fact]
    public async Task Only_a_versioned_bucket_takes_object_lock_and_then_stays_versioned()
    {
        var bench = await ObjectBench.CreateAsync();
        (await bench.Services.Buckets.SetObjectLockAsync(Bucket, null, default)).Fault.ShouldBe(ObjectFault.InvalidBucketState);
        await bench.Services.Buckets.SetVersioningAsync(Bucket, VersioningState.Suspended, default);
        (await bench.Services.Buckets.SetObjectLockAsync(Bucket, null, default)).Fault.ShouldBe(ObjectFault.InvalidBucketState);
        var old = await bench.PutAsync("k", "from before");
        await bench.Services.Buckets.SetVersioningAsync(Bucket, VersioningState.Enabled, default);
        (await bench.Services.Buckets.SetObjectLockAsync(Bucket, null, default)).IsOk.ShouldBeTrue();
        (await bench.Services.Buckets.SetVersioningAsync(Bucket, VersioningState.Suspended, default)).Fault.ShouldBe(ObjectFault.InvalidBucketState);
        (await bench.Services.Buckets.SetVersioningAsync(Bucket, VersioningState.Enabled, default)).IsOk.ShouldBeTrue();

        // The null version from before can be locked, and nothing replaces it.
        (await bench.Services.Updater.SetRetentionAsync(new VersionTarget(Bucket, "k", "null"), new Retention(RetentionMode.Compliance, In(bench, 1)), false, default)).IsOk.ShouldBeTrue();
        await bench.PutAsync("k", "later");
        (await bench.GetAsync("k", old.VersionId)).ShouldBe("from before"u8.ToArray());
        (await DeleteAsync(bench, "null", bypass: true)).ShouldBe(ObjectFault.ObjectLocked);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_locked_null_version_is_not_overwritten_even_where_the_bucket_s_row_is_wrong()
    {
        var bench = await LockedBenchAsync();
        (await bench.Services.Engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = (await ObjectEngine.GetBucketAsync(transaction, Bucket, default))!;
            record.Versioning = (uint)VersioningState.Suspended;
            transaction.PutRecord(SchemaKeys.Bucket(Bucket), record);
            return new Done();
        }, default)).IsOk.ShouldBeTrue();
        (await TryPutAsync(bench, new ObjectLock(default, LegalHold.On))).Value.VersionId.ShouldBe("null");
        foreach (var isMarker in new[] { false, true })
        {
            var fault = await Should.ThrowAsync<KvException>(() => isMarker ? DeleteAsync(bench, null) : (Task)bench.PutAsync("k", "other"));
            fault.Fault.ShouldBe(KvFault.Corrupt);
        }
        (await bench.GetAsync("k")).ShouldBe(ObjectBench.Bytes(100, 1));
    }

    [Fact]
    public async Task Without_object_lock_nothing_can_be_locked()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        var wanted = new ObjectLock(new Retention(RetentionMode.Governance, In(bench, 1)), LegalHold.None);
        (await TryPutAsync(bench, wanted)).Fault.ShouldBe(ObjectFault.ObjectLockNotEnabled);
        (await TryPutAsync(bench, new ObjectLock(default, LegalHold.On))).Fault.ShouldBe(ObjectFault.ObjectLockNotEnabled);
        await bench.PutAsync("k", "x");
        (await RetainAsync(bench, wanted.Retention)).ShouldBe(ObjectFault.ObjectLockNotEnabled);
        (await bench.Services.Updater.SetLegalHoldAsync(new VersionTarget(Bucket, "k", null), true, default)).Fault.ShouldBe(ObjectFault.ObjectLockNotEnabled);
        (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "k", Lock = wanted }, default)).Fault.ShouldBe(ObjectFault.ObjectLockNotEnabled);
        (await bench.Services.Copier.CopyAsync(new CopyRequest { SourceBucket = Bucket, SourceKey = "k", Bucket = Bucket, Key = "c", Lock = wanted }, default)).Fault.ShouldBe(ObjectFault.ObjectLockNotEnabled);
    }

    [Fact]
    public async Task A_retention_must_end_in_the_future()
    {
        var bench = await LockedBenchAsync();
        foreach (var until in new[] { DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch.AddDays(-1), In(bench, -1), In(bench, 0) })
        {
            (await TryPutAsync(bench, new ObjectLock(new Retention(RetentionMode.Governance, until), LegalHold.None))).Fault.ShouldBe(ObjectFault.RetainUntilPast);
            await bench.PutAsync("k", "x");
            (await RetainAsync(bench, new Retention(RetentionMode.Governance, until), bypass: true)).ShouldBe(ObjectFault.RetainUntilPast);
        }
        (await TryPutAsync(bench, new ObjectLock(new Retention(RetentionMode.Governance, DateTimeOffset.MaxValue), LegalHold.None))).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task A_delete_marker_has_no_lock_tags_or_acl()
    {
        var bench = await LockedBenchAsync(new DefaultRetention(RetentionMode.Governance, 1, 0));
        await bench.PutAsync("k", "x");
        var marker = await bench.DeleteAsync("k");
        var updater = bench.Services.Updater;
        foreach (var (version, fault) in new[] { (null, ObjectFault.DeleteMarkerIsCurrent), (marker.VersionId, ObjectFault.VersionIsDeleteMarker) })
        {
            var target = new VersionTarget(Bucket, "k", version);
            (await updater.SetTagsAsync(target, [new("a", "b")], default)).Fault.ShouldBe(fault);
            (await updater.SetAclAsync(target, new byte[] { 1 }, default)).Fault.ShouldBe(fault);
            (await updater.SetLegalHoldAsync(target, true, default)).Fault.ShouldBe(fault);
            (await updater.SetRetentionAsync(target, new Retention(RetentionMode.Governance, In(bench, 3)), false, default)).Fault.ShouldBe(fault);
        }
        (await DeleteAsync(bench, marker.VersionId)).ShouldBe(ObjectFault.None);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("first")]
    public async Task Tags_and_acl_change_in_place(string? which)
    {
        var bench = await ObjectBench.CreateAsync();
        var first = await bench.PutAsync("k", "null version");
        await bench.Services.Buckets.SetVersioningAsync(Bucket, VersioningState.Enabled, default);
        first = await bench.PutAsync("k", ObjectBench.Bytes(100, 1));
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await bench.PutAsync("k", "latest");
        var version = which == "first" ? first.VersionId : which;
        var before = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = "k", VersionId = version }, default)).Value;

        bench.Time.Advance(TimeSpan.FromMinutes(1));
        var target = new VersionTarget(Bucket, "k", version);
        (await bench.Services.Updater.SetTagsAsync(target, [new("a", "1"), new("b", "")], default)).IsOk.ShouldBeTrue();
        var set = (await bench.Services.Updater.SetAclAsync(target, new byte[] { 7, 8 }, default)).Value;
        var after = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = "k", VersionId = version }, default)).Value;
        set.VersionId.ShouldBe(before.VersionId);
        set.IsLatest.ShouldBe(which is null);
        after.Tags.ShouldBe([new("a", "1"), new("b", "")]);
        after.Acl.ToArray().ShouldBe([7, 8]);
        (after.VersionId, after.LastModified, after.ETag, after.LengthBytes).ShouldBe((before.VersionId, before.LastModified, before.ETag, before.LengthBytes));
        (await bench.Services.Updater.SetTagsAsync(target, [], default)).Value.Tags.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Every_change_of_a_bucket_s_settings_raises_its_config_version_and_nothing_else_does()
    {
        var bench = await ObjectBench.CreateAsync();
        var buckets = bench.Services.Buckets;
        async Task<ulong> VersionAsync() => (await buckets.GetAsync(Bucket, default)).Value.ConfigVersion;
        var seen = new List<ulong> { await VersionAsync() };
        foreach (var change in new Func<ValueTask<Result<Done>>>[]
        {
            () => buckets.PutConfigurationAsync(Bucket, "policy", new byte[] { 1 }, default),
            () => buckets.PutConfigurationAsync(Bucket, "policy", new byte[] { 1 }, default),
            () => buckets.DeleteConfigurationAsync(Bucket, "policy", default),
            () => buckets.SetAclAsync(Bucket, new byte[] { 1 }, default),
            () => buckets.SetVersioningAsync(Bucket, VersioningState.Enabled, default),
            () => buckets.SetObjectLockAsync(Bucket, new DefaultRetention(RetentionMode.Governance, 1, 0), default),
        })
        {
            (await change()).IsOk.ShouldBeTrue();
            seen.Add(await VersionAsync());
        }
        seen.ShouldBe(seen.Distinct().Order());
        await bench.PutAsync("k", "x");
        await bench.DeleteAsync("k");
        (await VersionAsync()).ShouldBe(seen[^1]);
    }

    [Fact]
    public async Task A_bucket_s_settings_come_from_one_moment()
    {
        var bench = await ObjectBench.CreateAsync();
        (await bench.Services.Buckets.CreateAsync(
            new CreateBucketRequest { Name = "other", OwnerId = "o", Region = "r", Acl = new byte[] { 3 }, Documents = [new("a", new byte[] { 1 }), new("b", new byte[100_000])] }, default)).IsOk.ShouldBeTrue();
        var settings = (await bench.Services.Buckets.GetSettingsAsync("other", ["b", "none", "a"], default)).Value;
        settings.Bucket.Acl.ToArray().ShouldBe([3]);
        settings.Bucket.ConfigVersion.ShouldBe(1UL);
        settings.Documents.Select(document => document?.Length).ShouldBe([100_000, null, 1]);
        (await bench.Services.Buckets.GetSettingsAsync("nowhere", [], default)).Fault.ShouldBe(ObjectFault.NoSuchBucket);
    }

    [Fact]
    public async Task The_check_notices_locks_where_there_can_be_none()
    {
        var bench = await LockedBenchAsync();
        (await TryPutAsync(bench, new ObjectLock(default, LegalHold.On))).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
        await using var store = new InMemoryKeyValueStore();
        using (var transaction = store.Begin())
        {
            foreach (var (key, value) in bench.Store.Rows)
            {
                transaction.Put(key, value);
                if (key[0] != KvTables.Buckets) continue;
                var bucket = BucketRecord.Parser.ParseFrom(value);
                bucket.ObjectLock = false;
                transaction.PutRecord(key, bucket);
            }
            await transaction.CommitAsync();
        }
        using var snapshot = store.Snapshot();
        (await new MetadataCheck(snapshot).RunAsync(default)).ShouldHaveSingleItem().ShouldContain("without object lock");
    }
}
