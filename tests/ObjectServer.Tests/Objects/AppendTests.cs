using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Appends in the object service: bytes, rows and counters.</summary>
public sealed class AppendTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(100)]
    public async Task Appends_are_parts_behind_what_is_there(int length)
    {
        var bench = await ObjectBench.CreateAsync();
        var body = ObjectBench.Bytes(length, 1);
        await bench.TryPutAsync("a", body, checksum: ChecksumAlgorithm.Crc64Nvme);
        for (var n = 0; n < 5; n++)
        {
            var more = ObjectBench.Bytes(30 + n, n);
            (await AppendAsync(bench, "a", body.Length, more)).Fault.ShouldBe(ObjectFault.None);
            body = [.. body, .. more];
            await bench.ShouldBeSoundAsync();
        }

        (await bench.GetAsync("a")).ShouldBe(body);
        using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "a" }, default)).Value;
        handle.Info.PartCount.ShouldBe(length == 0 ? 5 : 6);
        (await handle.ListPartsAsync(0, 100, default)).Parts.Sum(part => part.LengthBytes).ShouldBe(body.Length);
        await bench.TryPutAsync("whole", body, checksum: ChecksumAlgorithm.Crc64Nvme);
        var whole = (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "whole" }, default)).Value;
        handle.Info.Checksum!.Value.ToArray().ShouldBe(whole.Checksum!.Value.ToArray());
        (await ObjectBench.ReadAsync(handle, 3, body.Length - 5)).ShouldBe(body[3..^2]);
    }

    /// <summary>What a salvage has when the metadata are lost: the tags of shards.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public async Task An_appended_object_can_be_put_together_from_the_tags_of_its_blobs(int length)
    {
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 40);
        var body = ObjectBench.Bytes(length, 1);
        await bench.PutAsync("a", body);
        for (var n = 0; n < 3; n++)
        {
            var more = ObjectBench.Bytes(60 + n, n);
            (await AppendAsync(bench, "a", body.Length, more)).Fault.ShouldBe(ObjectFault.None);
            body = [.. body, .. more];
        }
        var salvaged = new byte[body.Length];
        var count = 0;
        foreach (var (id, bytes) in bench.Blobs.Tags)
        {
            var tag = SalvageTag.Parser.ParseFrom(bytes.Span);
            tag.Key.ToStringUtf8().ShouldBe("a");
            var stored = bench.Blobs.BytesOf(id);
            stored.CopyTo(salvaged.AsMemory((int)(tag.AppendOffset + tag.BlobOffset)));
            count += stored.Length;
        }
        salvaged.ShouldBe(body);
        count.ShouldBe(body.Length);
    }

    [Fact]
    public async Task An_append_elsewhere_than_to_the_end_is_refused()
    {
        var bench = await ObjectBench.CreateAsync();
        (await AppendAsync(bench, "a", 1, [1])).Fault.ShouldBe(ObjectFault.InvalidWriteOffset);
        (await AppendAsync(bench, "a", 0, [1, 2])).IsOk.ShouldBeTrue();
        foreach (var offset in new[] { 0, 1, 3 }) (await AppendAsync(bench, "a", offset, [9])).Fault.ShouldBe(ObjectFault.InvalidWriteOffset);
        (await AppendAsync(bench, "a", 2, [])).IsOk.ShouldBeTrue();
        (await bench.GetAsync("a")).ShouldBe([1, 2]);
        (await AppendAsync(bench, "a", 2, [9], new WriteConditions(ETagList.Of("00"), default))).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        await bench.Services.Buckets.SetVersioningAsync(ObjectBench.Bucket, VersioningState.Enabled, default);
        (await AppendAsync(bench, "a", 2, [9])).Fault.ShouldBe(ObjectFault.InvalidBucketState);
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty("refused appends leave nothing");
    }

    [Fact]
    public async Task Of_appends_to_the_same_end_one_wins()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("a", ObjectBench.Bytes(100, 1));
        for (var round = 0; round < 5; round++)
        {
            var length = (await bench.GetAsync("a")).Length;
            var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(() => AppendAsync(bench, "a", length, ObjectBench.Bytes(40 + n, n)))));
            results.Count(result => result.IsOk).ShouldBe(1);
            results.Where(result => !result.IsOk).ShouldAllBe(result => result.Fault == ObjectFault.InvalidWriteOffset || result.Fault == ObjectFault.ConditionalRequestConflict);
        }

        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_reader_of_the_object_before_reads_it_as_it_was()
    {
        var bench = await ObjectBench.CreateAsync();
        var body = ObjectBench.Bytes(100, 1);
        await bench.PutPartsAsync("a", body[..50], body[50..]);
        using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "a" }, default)).Value;
        await AppendAsync(bench, "a", 100, ObjectBench.Bytes(60, 2));
        (await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes)).ShouldBe(body);
        (await handle.ListPartsAsync(0, 100, default)).Parts.Count.ShouldBe(2);
        (await handle.GetPartAsync(3, default)).Fault.ShouldBe(ObjectFault.InvalidPartNumber);
    }

    [Fact]
    public async Task A_row_of_a_manifest_that_is_full_is_followed_by_another_and_the_last_part_is_the_last()
    {
        var bench = await ObjectBench.CreateAsync();
        var upload = await bench.BeginAsync("a");
        var listed = new List<ListedPart>();
        foreach (var number in Enumerable.Range(1, 499).Append(9998)) listed.Add(new ListedPart(number, (await bench.UploadAsync(upload, number, [(byte)number])).ETag));
        (await bench.CompleteAsync(upload, listed)).IsOk.ShouldBeTrue();
        for (var n = 0; n < 2; n++) (await AppendAsync(bench, "a", 500 + n, [(byte)n])).IsOk.ShouldBeTrue();
        (await AppendAsync(bench, "a", 502, [1])).Fault.ShouldBe(ObjectFault.TooManyParts);
        (await bench.GetAsync("a"))[499..].ShouldBe([9998 & 0xff, 0, 1]);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Random_histories_leave_sound_rows_and_a_model_agrees()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var bench = await ObjectBench.CreateAsync();
        var model = new Dictionary<string, byte[]>();
        for (var step = 0; step < 300; step++)
        {
            var (from, to) = ($"key-{random.Next(4)}", $"key-{random.Next(4)}");
            switch (random.Next(10))
            {
                case 0:
                    model[from] = ObjectBench.Bytes(random.Next(3) * 60, step);
                    await bench.PutAsync(from, model[from]);
                    break;
                case 1:
                    await bench.DeleteAsync(from);
                    model.Remove(from);
                    break;
                case 2 or 3 when model.ContainsKey(from):
                    (await bench.CopyAsync(from, to)).IsOk.ShouldBeTrue($"seed {seed}, step {step}");
                    model[to] = model[from];
                    break;
                case 4 when from != to && model.Remove(from, out var moved):
                    (await bench.Services.Renamer.RenameAsync(new RenameRequest { Bucket = ObjectBench.Bucket, SourceKey = from, Key = to }, default)).IsOk.ShouldBeTrue();
                    model[to] = moved;
                    break;
                default:
                    var body = model.GetValueOrDefault(from, []);
                    var more = ObjectBench.Bytes(random.Next(0, 70), step);
                    var appended = await AppendAsync(bench, from, body.Length, more);
                    appended.Fault.ShouldBe(ObjectFault.None, $"seed {seed}, step {step}");
                    model[from] = [.. body, .. more];
                    break;
            }
        }

        await bench.ShouldBeSoundAsync($"seed {seed}");
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync($"seed {seed}");
        foreach (var (key, body) in model) (await bench.GetAsync(key)).ShouldBe(body, $"seed {seed}, {key}");
        foreach (var key in model.Keys) await bench.DeleteAsync(key);
        // A manifest's parts are freed after it, and theirs after them.
        for (var round = 0; round < 8; round++) await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty($"seed {seed}");
        await bench.ShouldBeSoundAsync($"seed {seed}");
    }

    [Fact]
    public async Task A_quota_bounds_appends()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("a", new byte[60]);
        (await bench.Services.Buckets.Quotas.SetAsync(ObjectBench.Bucket, new BucketQuota(100, 1), default)).IsOk.ShouldBeTrue();
        (await AppendAsync(bench, "a", 60, new byte[30])).IsOk.ShouldBeTrue();
        (await AppendAsync(bench, "a", 90, new byte[11])).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        (await AppendAsync(bench, "a", 90, new byte[10])).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
    }

    private static async Task<Result<WriteResult>> AppendAsync(ObjectBench bench, string key, long offset, byte[] body, WriteConditions conditions = default) =>
        await bench.Services.Appender.AppendAsync(
            new AppendRequest { Put = new PutRequest { Bucket = ObjectBench.Bucket, Key = key, OwnerId = "owner", Conditions = conditions }, OffsetBytes = offset },
            new BytesSource(body), default);
}
