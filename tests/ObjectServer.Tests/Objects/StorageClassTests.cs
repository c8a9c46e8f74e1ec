using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Storage classes as erasure schemes, and transitions between them.</summary>
public sealed class StorageClassTests
{
    private const string Bucket = ObjectBench.Bucket;

    private static readonly Scheme Pool = new(4, 2);
    private static readonly Scheme Warm = new(5, 1);
    private static readonly Scheme Frozen = new(3, 3);
    private static readonly CustomerKey CustomerKey = new(ObjectBench.Bytes(32, 1));
    private static readonly EncryptionRequest Sealed = new() { Method = EncryptionMethod.CustomerKey, CustomerKey = CustomerKey };

    [Theory]
    [InlineData(null, "", "4+2")]
    [InlineData("STANDARD", "", "4+2")]
    [InlineData("STANDARD_IA", "STANDARD_IA", "4+2")]
    [InlineData("WARM", "WARM", "5+1")]
    public async Task A_class_is_the_scheme_that_its_objects_are_stored_under(string? asked, string stored, string scheme)
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(1000, 1), asked);
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe(stored);
        (await SchemeAsync(bench, "k")).ToString().ShouldBe(scheme);
        (await bench.GetAsync("k")).ShouldBe(ObjectBench.Bytes(1000, 1));
        var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "parts", StorageClass = asked }, default)).Value;
        var part = await bench.UploadAsync(upload, 1, ObjectBench.Bytes(100, 2));
        (await bench.CompleteAsync(upload, [new ListedPart(1, part.ETag)])).IsOk.ShouldBeTrue();
        (await SchemeAsync(bench, "parts")).ToString().ShouldBe(scheme);
        (await CopyAsync(bench, "k", "copy", asked)).IsOk.ShouldBeTrue();
        (await SchemeAsync(bench, "copy")).ToString().ShouldBe(scheme);
        (await CopyAsync(bench, "k", "plain", "STANDARD")).IsOk.ShouldBeTrue();
        (await SchemeAsync(bench, "plain")).ShouldBe(Pool);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_class_that_there_is_not_is_refused_everywhere()
    {
        var bench = await CreateAsync();
        await bench.PutAsync("k", "body");
        (await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = "k", StorageClass = "GLACIER" }, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.InvalidStorageClass);
        (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "k", StorageClass = "warm" }, default)).Fault.ShouldBe(ObjectFault.InvalidStorageClass);
        (await CopyAsync(bench, "k", "copy", "NONE")).Fault.ShouldBe(ObjectFault.InvalidStorageClass);
        (await bench.Services.Buckets.SetStorageClassAsync(Bucket, "NONE", default)).Fault.ShouldBe(ObjectFault.InvalidStorageClass);
        var rule = LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("NONE", 1)] };
        (await bench.Services.Lifecycle.PutAsync(Bucket, new LifecycleConfiguration([rule]), default)).Fault.ShouldBe(ObjectFault.InvalidStorageClass);
    }

    [Fact]
    public async Task A_bucket_gives_its_class_to_objects_whose_writers_name_none()
    {
        var bench = await CreateAsync();
        (await bench.Services.Buckets.SetStorageClassAsync(Bucket, "WARM", default)).IsOk.ShouldBeTrue();
        await PutAsync(bench, "k", ObjectBench.Bytes(100, 1), null);
        await PutAsync(bench, "standard", ObjectBench.Bytes(100, 1), "STANDARD");
        (await SchemeAsync(bench, "k")).ShouldBe(Warm);
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("WARM");
        (await SchemeAsync(bench, "standard")).ShouldBe(Pool);
        (await bench.Services.Buckets.GetAsync(Bucket, default)).Value.StorageClass.ShouldBe("WARM");
        (await bench.Services.Buckets.SetStorageClassAsync(Bucket, "STANDARD", default)).IsOk.ShouldBeTrue();
        (await bench.Services.Buckets.GetAsync(Bucket, default)).Value.StorageClass.ShouldBeNull();
    }

    [Fact]
    public async Task A_part_that_is_copied_has_the_redundancy_of_its_upload()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "warm", ObjectBench.Bytes(1000, 1), "WARM");
        foreach (var (asked, scheme) in new[] { (null, Pool), ("WARM", Warm), ("FROZEN", Frozen) })
        {
            var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "k", StorageClass = asked }, default)).Value;
            var copied = await bench.Services.Parts.CopyAsync(
                new UploadPartCopyRequest { Bucket = Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = 1, SourceBucket = Bucket, SourceKey = "warm" }, default);
            (await bench.CompleteAsync(upload, [new ListedPart(1, copied.Value.Part.ETag)])).IsOk.ShouldBeTrue();
            (await SchemeAsync(bench, "k")).ShouldBe(scheme);
            (await bench.GetAsync("k")).ShouldBe(ObjectBench.Bytes(1000, 1));
        }
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_transition_stores_the_same_version_under_another_scheme()
    {
        var bench = await CreateAsync(VersioningState.Enabled);
        var body = ObjectBench.Bytes(150_000, 1);
        var put = await PutAsync(bench, "k", body, null);
        var small = await bench.PutAsync("small", "tiny");
        var before = await RecordAsync(bench, "k");
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 2), new LifecycleTransition("FROZEN", 5)] });
        bench.Time.Advance(TimeSpan.FromDays(2));
        await bench.ExpireAsync();
        (await SchemeAsync(bench, "k")).ShouldBe(Pool);
        bench.Time.Advance(TimeSpan.FromDays(2));
        await bench.ExpireAsync();
        (await SchemeAsync(bench, "k")).ShouldBe(Warm);
        var after = await RecordAsync(bench, "k");
        after.ContentId.ShouldNotBe(before.ContentId);
        (after.StorageClass, after.ContentId) = (before.StorageClass, before.ContentId);
        after.ShouldBe(before);
        (await RecordAsync(bench, "small")).StorageClass.ShouldBe("WARM");
        (await bench.GetAsync("k", put.VersionId)).ShouldBe(body);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await SchemeAsync(bench, "k")).ShouldBe(Frozen);
        (await bench.GetAsync("k")).ShouldBe(body);
        (await bench.GetAsync("small", small.VersionId)).ShouldBe("tiny"u8.ToArray());
        bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(4);
        (await LifecycleTests.DueRowsAsync(bench)).ShouldBeEmpty();
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        bench.Blobs.Stored.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_is_due_for_two_classes_at_once_goes_into_the_later_one_only()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(100, 1), null);
        bench.Time.Advance(TimeSpan.FromDays(30));
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("FROZEN", 5), new LifecycleTransition("WARM", 2)] });
        await bench.ExpireAsync();
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("FROZEN");
        bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(1);
    }

    [Fact]
    public async Task Objects_go_down_through_the_classes_of_aws_and_never_up()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(100, 1), "GLACIER_IR");
        await PutAsync(bench, "other", ObjectBench.Bytes(100, 1), "STANDARD_IA");
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("ONEZONE_IA", 1)] });
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("GLACIER_IR");
        (await RecordAsync(bench, "other")).StorageClass.ShouldBe("ONEZONE_IA");
        // Stored alike: only what it is called has changed.
        bench.Blobs.Deleted.ShouldBeEmpty();
        bench.Blobs.Stored.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Uploads_in_parts_keep_their_parts_and_noncurrent_versions_go_by_their_own_days()
    {
        var bench = await CreateAsync(VersioningState.Enabled);
        byte[][] parts = [ObjectBench.Bytes(70_000, 1), ObjectBench.Bytes(200, 2), ObjectBench.Bytes(5_000, 3)];
        var put = await bench.PutPartsAsync("k", parts);
        (await CopyAsync(bench, "k", "copy", null)).IsOk.ShouldBeTrue();
        await bench.PutAsync("k", "newer body of a few bytes more");
        await SetAsync(bench, LifecycleTests.Rule() with { NoncurrentTransitions = [new LifecycleTransition("WARM", 1)] });
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        var opened = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = "k", VersionId = put.VersionId }, default)).Value;
        using (opened)
        {
            (opened.Info.StorageClass, opened.Info.ETag, opened.Info.PartCount).ShouldBe(("WARM", put.ETag, 3));
            (await opened.GetPartAsync(2, default)).Value.OffsetBytes.ShouldBe(70_000);
            (await ObjectBench.ReadAsync(opened, 0, opened.Info.LengthBytes)).ShouldBe([.. parts.SelectMany(part => part)]);
            (await (await opened.OpenAsync(default)).UsesSchemeAsync(Warm, default)).ShouldBeTrue();
        }
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("");
        // The copy shared the old parts, and has them still.
        (await SchemeAsync(bench, "copy")).ShouldBe(Pool);
        (await bench.GetAsync("copy")).ShouldBe([.. parts.SelectMany(part => part)]);
        await bench.ShouldBeSoundAsync();
        await bench.DeleteAsync("k", put.VersionId);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        bench.Blobs.Stored.Count.ShouldBe(2 + 1 + 1 + 1);
    }

    [Fact]
    public async Task Versions_beyond_those_that_rules_keep_go_into_their_classes()
    {
        var bench = await CreateAsync(VersioningState.Enabled);
        await SetAsync(bench,
            LifecycleTests.Rule() with { NoncurrentTransitions = [new LifecycleTransition("WARM", 1, NewerNoncurrentVersions: 1)] },
            LifecycleTests.Rule() with { Id = "more", NoncurrentTransitions = [new LifecycleTransition("FROZEN", 1, NewerNoncurrentVersions: 2)] });
        for (var i = 0; i < 3; i++)
        {
            await PutAsync(bench, "k", ObjectBench.Bytes(100, i), null);
            bench.Time.Advance(TimeSpan.FromDays(3));
            await bench.ExpireAsync();
        }
        (await LifecycleTests.VersionsAsync(bench)).Select(version => version.StorageClass).ShouldBe([null, null, "WARM"]);
        // One write brings two of them beyond what two rules keep, and both are old.
        await PutAsync(bench, "k", ObjectBench.Bytes(100, 3), null);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await LifecycleTests.VersionsAsync(bench)).Select(version => version.StorageClass).ShouldBe([null, null, "WARM", "FROZEN"]);
        foreach (var (version, i) in (await LifecycleTests.VersionsAsync(bench)).Select((version, i) => (version, i)))
            (await bench.GetAsync("k", version.VersionId)).ShouldBe(ObjectBench.Bytes(100, 3 - i));
        bench.Lifecycle.Errors.ShouldBe(0);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_version_stays_in_the_last_class_of_its_rules_when_its_successor_is_deleted()
    {
        var bench = await CreateAsync(VersioningState.Enabled);
        await SetAsync(bench, LifecycleTests.Rule() with { NoncurrentTransitions = [new LifecycleTransition("WARM", 1), new LifecycleTransition("FROZEN", 3)] });
        await PutAsync(bench, "k", ObjectBench.Bytes(100, 1), null);
        var successor = await PutAsync(bench, "k", ObjectBench.Bytes(100, 2), null);
        for (var day = 0; day < 5; day++)
        {
            bench.Time.Advance(TimeSpan.FromDays(1));
            await bench.ExpireAsync();
        }
        await PutAsync(bench, "k", ObjectBench.Bytes(100, 3), null);
        (await LifecycleTests.VersionsAsync(bench)).Select(version => version.StorageClass).ShouldBe([null, null, "FROZEN"]);
        var moves = bench.Lifecycle.Done(DueOutcome.Transitioned);
        // It is noncurrent since now.
        await bench.DeleteAsync("k", successor.VersionId);
        await bench.ShouldBeSoundAsync();
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await LifecycleTests.VersionsAsync(bench)).Select(version => version.StorageClass).ShouldBe([null, "FROZEN"]);
        bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(moves);
        await bench.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_sealed_is_moved_as_it_is_and_still_opens_under_its_key(bool inParts)
    {
        var bench = await CreateAsync();
        var body = ObjectBench.Bytes(140_000, 1);
        if (inParts)
        {
            var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "k", Encryption = Sealed }, default)).Value;
            var listed = new List<ListedPart>();
            foreach (var (number, from, to) in new[] { (1, 0, 66_000), (2, 66_000, 140_000) })
            {
                var part = await bench.Services.Parts.UploadAsync(
                    new UploadPartRequest { Bucket = Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = number, CustomerKey = CustomerKey }, new BytesSource(body[from..to]), default);
                listed.Add(new ListedPart(number, part.Value.ETag));
            }
            (await bench.CompleteAsync(upload, listed)).IsOk.ShouldBeTrue();
        }
        else
        {
            (await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = "k", Encryption = Sealed }, new BytesSource(body), default)).IsOk.ShouldBeTrue();
        }
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1), new LifecycleTransition("FROZEN", 4)] });
        for (var move = 1; move <= 2; move++)
        {
            bench.Time.Advance(TimeSpan.FromDays(3));
            await bench.ExpireAsync();
            bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(move);
            using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = "k", CustomerKey = CustomerKey }, default)).Value;
            (await ObjectBench.ReadAsync(handle, 0, body.Length)).ShouldBe(body);
            (await ObjectBench.ReadAsync(handle, 65_000, 3_000)).ShouldBe(body[65_000..68_000]);
            await bench.ShouldBeSoundAsync();
        }
        bench.Lifecycle.Errors.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_is_sealed_and_was_appended_to_between_renames_is_moved_and_still_opens(int renames)
    {
        var bench = await CreateAsync();
        var (body, key) = (ObjectBench.Bytes(70_000, 1), "k0");
        (await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = key, Encryption = Sealed }, new BytesSource(body), default)).IsOk.ShouldBeTrue();
        body = await AppendSealedAsync(bench, key, body, 1_000);
        for (var n = 1; n <= renames; n++)
        {
            (await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = Bucket, SourceKey = key, Key = $"k{n}" }, default)).IsOk.ShouldBeTrue();
            key = $"k{n}";
            body = await AppendSealedAsync(bench, key, body, 1_000 + n);
        }
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1), new LifecycleTransition("FROZEN", 4)] });
        for (var move = 1; move <= 2; move++)
        {
            bench.Time.Advance(TimeSpan.FromDays(3));
            await bench.ExpireAsync();
            await bench.CollectAllAsync();
            bench.Lifecycle.Done(DueOutcome.Transitioned).ShouldBe(move);
            await bench.ShouldBeSoundAsync();
            using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = key, CustomerKey = CustomerKey }, default)).Value;
            (await ObjectBench.ReadAsync(handle, 0, body.Length)).ShouldBe(body);
            (await (await handle.OpenAsync(default)).UsesSchemeAsync(move == 1 ? Warm : Frozen, default)).ShouldBeTrue();
        }
        body = await AppendSealedAsync(bench, key, body, 500);
        await bench.ShouldBeSoundAsync();
        await bench.DeleteAsync(key);
        for (var round = 0; round < 8; round++)
        {
            bench.Time.Advance(TimeSpan.FromDays(1));
            await bench.CollectAllAsync();
        }
        bench.Blobs.Stored.ShouldBeEmpty();
        bench.Lifecycle.Errors.ShouldBe(0);
    }

    private static async Task<byte[]> ReadAsync(ObjectBench bench, ReadRequest request)
    {
        using var handle = (await bench.Services.Reader.OpenAsync(request, default)).Value;
        return await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes);
    }

    private static async Task<byte[]> AppendSealedAsync(ObjectBench bench, string key, byte[] body, int count)
    {
        var more = ObjectBench.Bytes(count, count);
        var request = new AppendRequest { Put = new PutRequest { Bucket = Bucket, Key = key, OwnerId = "" }, OffsetBytes = body.Length, CustomerKey = CustomerKey };
        (await bench.Services.Appender.AppendAsync(request, new BytesSource(more), default)).Fault.ShouldBe(ObjectFault.None);
        return [.. body, .. more];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Random_appends_renames_copies_and_moves_keep_all_bytes(bool isSealed)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var bench = await CreateAsync();
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1), new LifecycleTransition("FROZEN", 4)] });
        var model = new Dictionary<string, byte[]>();
        var (key, encryption) = (isSealed ? CustomerKey : null, isSealed ? Sealed : null);
        for (var step = 0; step < 200; step++)
        {
            var at = $"seed {seed}, step {step}";
            var (from, to) = ($"key-{random.Next(4)}", $"key-{random.Next(4)}");
            var body = model.GetValueOrDefault(from, []);
            switch (random.Next(12))
            {
                case 0:
                    model[from] = ObjectBench.Bytes(random.Next(3) * 60, step);
                    (await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = from, Encryption = encryption }, new BytesSource(model[from]), default)).IsOk.ShouldBeTrue(at);
                    break;
                case 1:
                    await bench.DeleteAsync(from);
                    model.Remove(from);
                    break;
                case 2 when from != to && model.ContainsKey(from):
                    var copied = await bench.Services.Copier.CopyAsync(new CopyRequest
                    {
                        SourceBucket = Bucket, SourceKey = from, Bucket = Bucket, Key = to, SourceCustomerKey = key, Encryption = encryption,
                        StorageClass = random.Next(3) switch { 0 => "WARM", 1 => "FROZEN", _ => null },
                    }, default);
                    copied.Fault.ShouldBe(ObjectFault.None, at);
                    model[to] = body;
                    break;
                case 3 or 4 when from != to && model.Remove(from):
                    (await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = Bucket, SourceKey = from, Key = to }, default)).IsOk.ShouldBeTrue(at);
                    model[to] = body;
                    break;
                case 5 when body.Length > 2:
                    var offset = random.Next(body.Length - 1);
                    var length = random.Next(1, body.Length - offset);
                    var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = to, Encryption = encryption }, default)).Value;
                    var part = await bench.Services.Parts.CopyAsync(new UploadPartCopyRequest
                    {
                        Bucket = Bucket, Key = to, UploadId = upload.UploadId, PartNumber = 1, SourceBucket = Bucket, SourceKey = from, Range = (offset, length),
                        CustomerKey = key, SourceCustomerKey = key,
                    }, default);
                    part.Fault.ShouldBe(ObjectFault.None, at);
                    (await bench.CompleteAsync(upload, [new ListedPart(1, part.Value.Part.ETag)])).IsOk.ShouldBeTrue(at);
                    model[to] = body[offset..(offset + length)];
                    break;
                case 6 or 7:
                    bench.Time.Advance(TimeSpan.FromDays(random.Next(1, 4)));
                    await bench.ExpireAsync();
                    if (random.Next(2) == 0) await bench.CollectAllAsync();
                    await bench.ShouldBeSoundAsync(at);
                    break;
                default:
                    var more = ObjectBench.Bytes(random.Next(0, 70), step);
                    var request = new AppendRequest
                    {
                        Put = new PutRequest { Bucket = Bucket, Key = from, Encryption = encryption }, OffsetBytes = body.Length, CustomerKey = key,
                    };
                    (await bench.Services.Appender.AppendAsync(request, new BytesSource(more), default)).Fault.ShouldBe(ObjectFault.None, at);
                    model[from] = [.. body, .. more];
                    break;
            }
        }

        bench.Time.Advance(TimeSpan.FromDays(10));
        await bench.ExpireAsync();
        for (var round = 0; round < 8; round++)
        {
            bench.Time.Advance(TimeSpan.FromDays(1));
            await bench.CollectAllAsync();
        }
        await bench.ShouldBeSoundAsync($"seed {seed}");
        foreach (var (name, body) in model)
        {
            using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = name, CustomerKey = key }, default)).Value;
            (await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes)).ShouldBe(body, $"seed {seed}, {name}");
        }
        bench.Lifecycle.Errors.ShouldBe(0, $"seed {seed}");
        foreach (var name in model.Keys) await bench.DeleteAsync(name);
        for (var round = 0; round < 10; round++)
        {
            bench.Time.Advance(TimeSpan.FromDays(1));
            await bench.CollectAllAsync();
        }
        bench.Blobs.Stored.ShouldBeEmpty($"seed {seed}");
    }

    [Fact]
    public async Task Appends_renames_copies_moves_and_the_collector_side_by_side_leave_sound_rows_and_right_bytes()
    {
        var seed = Environment.TickCount;
        var bench = await CreateAsync();
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1), new LifecycleTransition("FROZEN", 4)] });
        await Task.WhenAll(Enumerable.Range(0, 5).Select(worker => Task.Run(async () =>
        {
            var random = new Random(seed + worker);
            for (var step = 0; step < 60; step++)
            {
                var (from, to) = ($"key-{random.Next(3)}", $"key-{random.Next(3)}");
                switch (worker == 0 ? 9 : random.Next(6))
                {
                    case 9:
                        bench.Time.Advance(TimeSpan.FromDays(1));
                        await bench.ExpireAsync();
                        await bench.CollectAllAsync();
                        break;
                    case 0:
                        await bench.Services.Writer.PutAsync(
                            new PutRequest { Bucket = Bucket, Key = from, StoredChecksum = ChecksumAlgorithm.Crc64Nvme }, new BytesSource(ObjectBench.Bytes(random.Next(90), step)), default);
                        break;
                    case 1:
                        await CopyAsync(bench, from, to, random.Next(2) == 0 ? "WARM" : null);
                        break;
                    case 2 when from != to:
                        await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = Bucket, SourceKey = from, Key = to }, default);
                        break;
                    default:
                        var length = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = from }, default)) is { IsOk: true } found ? found.Value.LengthBytes : 0;
                        await bench.Services.Appender.AppendAsync(
                            new AppendRequest { Put = new PutRequest { Bucket = Bucket, Key = from, StoredChecksum = ChecksumAlgorithm.Crc64Nvme }, OffsetBytes = length },
                            new BytesSource(ObjectBench.Bytes(random.Next(1, 70), step)), default);
                        break;
                }
            }
        })));
        await bench.ShouldBeSoundAsync($"seed {seed}");
        for (var n = 0; n < 3; n++)
        {
            if (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = $"key-{n}" }, default) is not { IsOk: true } opened) continue;
            using var handle = opened.Value;
            var body = await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes);
            await bench.TryPutAsync("whole", body, checksum: ChecksumAlgorithm.Crc64Nvme);
            var whole = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = Bucket, Key = "whole" }, default)).Value;
            handle.Info.Checksum!.Value.ToArray().ShouldBe(whole.Checksum!.Value.ToArray(), $"seed {seed}, key-{n}");
        }
    }

    /// <summary>A class whose scheme was changed: what was appended since lies under another one than what was there.</summary>
    [Fact]
    public async Task Parts_of_several_schemes_are_all_asked_by_copies_and_transitions()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(700, 1), "WARM");
        var classes = new StorageClassTable(new Dictionary<string, Scheme> { ["WARM"] = Frozen, ["ONCE"] = Warm, ["FROZEN"] = Frozen });
        await bench.ReopenAsync(bench.Store, 2, classes);
        var append = new AppendRequest { Put = new PutRequest { Bucket = Bucket, Key = "k" }, OffsetBytes = 700 };
        (await bench.Services.Appender.AppendAsync(append, new BytesSource(ObjectBench.Bytes(300, 2)), default)).IsOk.ShouldBeTrue();
        byte[] body = [.. ObjectBench.Bytes(700, 1), .. ObjectBench.Bytes(300, 2)];

        (await CopyAsync(bench, "k", "once", "ONCE")).IsOk.ShouldBeTrue();
        (await SchemeAsync(bench, "once")).ShouldBe(Warm);
        (await bench.GetAsync("once")).ShouldBe(body);

        foreach (var (name, from, length, moves) in new[] { ("head", 0, 700, false), ("tail", 700, 300, true), ("both", 600, 200, true) })
        {
            var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = name, StorageClass = "ONCE" }, default)).Value;
            var blobs = bench.Blobs.Stored.Count;
            var copied = await bench.Services.Parts.CopyAsync(
                new UploadPartCopyRequest { Bucket = Bucket, Key = name, UploadId = upload.UploadId, PartNumber = 1, SourceBucket = Bucket, SourceKey = "k", Range = (from, length) }, default);
            (bench.Blobs.Stored.Count > blobs).ShouldBe(moves, name);
            (await bench.CompleteAsync(upload, [new ListedPart(1, copied.Value.Part.ETag)])).IsOk.ShouldBeTrue();
            (await bench.GetAsync(name)).ShouldBe(body[from..(from + length)]);
        }

        // Both classes have one scheme now, and the first part does not.
        await SetAsync(bench, LifecycleTests.Rule() with { Prefix = "k", Transitions = [new LifecycleTransition("FROZEN", 1)] });
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("FROZEN");
        (await SchemeAsync(bench, "k")).ShouldBe(Frozen);
        (await bench.GetAsync("k")).ShouldBe(body);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_overwrite_while_bytes_move_wins_and_the_moved_bytes_are_freed()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(1000, 1), null);
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1)] });
        await bench.ExpireAsync();
        bench.Time.Advance(TimeSpan.FromDays(3));
        var other = await ObjectServices.OpenAsync(bench.Store, bench.Blobs, new ObjectServiceOptions { InlineLimitBytes = 16 }, bench.Time, new Random(2), default);
        var raced = false;
        bench.Store.BeforeCommit = _ =>
        {
            if (raced) return;
            raced = true;
            other.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = "k" }, new BytesSource(ObjectBench.Bytes(500, 2)), default).AsTask().GetAwaiter().GetResult().IsOk.ShouldBeTrue();
        };
        await bench.ExpireAsync();
        raced.ShouldBeTrue();
        (await bench.GetAsync("k")).ShouldBe(ObjectBench.Bytes(500, 2));
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("");
        await bench.CollectAllAsync();
        bench.Blobs.Stored.Count.ShouldBe(1);
        await bench.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_at_any_commit_of_a_transition_leaves_the_version_whole_and_frees_the_rest(bool isSealed)
    {
        for (var limit = 0; ; limit++)
        {
            var bench = await CreateAsync();
            var body = ObjectBench.Bytes(700, 1);
            var key = isSealed ? CustomerKey : null;
            if (isSealed)
            {
                // A manifest below another.
                (await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = "before", Encryption = Sealed }, new BytesSource(body), default)).IsOk.ShouldBeTrue();
                body = await AppendSealedAsync(bench, "before", body, 300);
                (await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = Bucket, SourceKey = "before", Key = "k" }, default)).IsOk.ShouldBeTrue();
                body = await AppendSealedAsync(bench, "k", body, 100);
            }
            else
            {
                await bench.PutPartsAsync("k", body[..500], body[500..]);
            }
            var request = new ReadRequest { Bucket = Bucket, Key = "k", CustomerKey = key };
            var put = (await bench.Services.Reader.StatAsync(request, default)).Value;
            await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1)] });
            await bench.ExpireAsync();
            bench.Time.Advance(TimeSpan.FromDays(3));
            var (commits, crashed) = (0, false);
            bench.Store.BeforeCommit = _ =>
            {
                if (++commits <= limit) return;
                crashed = true;
                throw new OperationCanceledException("crash");
            };
            try
            {
                await bench.ExpireAsync();
            }
            catch (OperationCanceledException)
            {
                // What was in memory is gone; the store is as it was committed.
            }
            bench.Store.BeforeCommit = null;
            await bench.ShouldBeSoundAsync($"crash after commit {limit}");
            await bench.ReopenAsync(bench.Store, limit);
            (await ReadAsync(bench, request)).ShouldBe(body);
            bench.Time.Advance(TimeSpan.FromDays(2));
            await bench.CollectAllAsync();
            await bench.ShouldBeSoundAsync($"crash after commit {limit}, collected");
            (await ReadAsync(bench, request)).ShouldBe(body);
            (await bench.Services.Reader.StatAsync(request, default)).Value.ETag.ShouldBe(put.ETag);
            if (!crashed) return;
        }
    }

    [Fact]
    public async Task A_drive_that_cannot_be_read_leaves_the_version_where_it_is_for_later()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(1000, 1), null);
        await SetAsync(bench, LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1)] });
        bench.Time.Advance(TimeSpan.FromDays(3));
        bench.Blobs.CommitFault = new BlobStoreException(BlobStoreFault.TooFewDrives, "away");
        await bench.ExpireAsync();
        bench.Lifecycle.Errors.ShouldBe(1);
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("");
        bench.Blobs.CommitFault = null;
        // Not at once, or a large object would be read for nothing all the time.
        await bench.ExpireAsync();
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("");
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await bench.ExpireAsync();
        bench.Lifecycle.Errors.ShouldBe(1);
        (await SchemeAsync(bench, "k")).ShouldBe(Warm);
        (await bench.GetAsync("k")).ShouldBe(ObjectBench.Bytes(1000, 1));
    }

    [Fact]
    public async Task Small_objects_stay_where_the_bucket_says_so_unless_a_rule_asks_for_a_size()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(1000, 1), null);
        await PutAsync(bench, "sized/k", ObjectBench.Bytes(1000, 1), null);
        LifecycleRule[] rules =
        [
            LifecycleTests.Rule() with { Prefix = "k", Transitions = [new LifecycleTransition("WARM", 1)] },
            LifecycleTests.Rule() with { Id = "sized", Prefix = "sized/", SizeGreaterThan = 10, Transitions = [new LifecycleTransition("WARM", 1)] },
        ];
        (await bench.Services.Lifecycle.PutAsync(Bucket, new LifecycleConfiguration(rules, TransitionMinimum.AllClasses128K), default)).IsOk.ShouldBeTrue();
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("");
        (await RecordAsync(bench, "sized/k")).StorageClass.ShouldBe("WARM");
    }

    private static Task<ObjectBench> CreateAsync(VersioningState versioning = VersioningState.Unversioned) => ObjectBench.CreateAsync(
        versioning, classes: new StorageClassTable(new Dictionary<string, Scheme> { ["WARM"] = Warm, ["FROZEN"] = Frozen }));

    private static Task SetAsync(ObjectBench bench, params LifecycleRule[] rules) => LifecycleTests.SetAsync(bench, rules);

    private static async Task<WriteResult> PutAsync(ObjectBench bench, string key, byte[] body, string? storageClass) =>
        (await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = key, StorageClass = storageClass }, new BytesSource(body), default)).Value;

    private static async Task<Result<CopyResult>> CopyAsync(ObjectBench bench, string from, string to, string? storageClass) =>
        await bench.Services.Copier.CopyAsync(new CopyRequest { SourceBucket = Bucket, SourceKey = from, Bucket = Bucket, Key = to, StorageClass = storageClass }, default);

    private static async Task<VersionRecord> RecordAsync(ObjectBench bench, string key)
    {
        var id = (await bench.Services.Buckets.GetAsync(Bucket, default)).Value.Id;
        using var snapshot = bench.Services.Engine.Store.Snapshot();
        return (await snapshot.GetRecordAsync(SchemaKeys.Current(id, System.Text.Encoding.UTF8.GetBytes(key)), VersionRecord.Parser, default))!;
    }

    private static async Task<Scheme> SchemeAsync(ObjectBench bench, string key)
    {
        using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = key }, default)).Value;
        var content = await handle.OpenAsync(default);
        foreach (var scheme in new[] { Pool, Warm, Frozen })
        {
            if (await content.UsesSchemeAsync(scheme, default)) return scheme;
        }
        throw new InvalidOperationException("Another scheme.");
    }
}
