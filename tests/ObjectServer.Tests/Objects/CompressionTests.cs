using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Compression in the object service: bytes, ranges, rows, and what shares contents.</summary>
public sealed class CompressionTests
{
    private const string Bucket = ObjectBench.Bucket;
    private const int Small = 1024;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_any_length_comes_back_as_it_was_in_any_range(bool isLengthKnown)
    {
        const int frame = FrameFormat.FrameBytes;
        foreach (var length in new[] { 0, 1, 4095, 4096, 4097, frame - 1, frame, frame + 1, 2 * frame, (3 * frame) + 5 })
        {
            var bench = await CreateAsync(maxBlobBytes: 20_000);
            var body = Texts.Of(length, length);
            var put = await PutAsync(bench, "k", body, isLengthKnown: isLengthKnown);
            (put.LengthBytes, put.ETag).ShouldBe((length, Convert.ToHexStringLower(MD5.HashData(body))));
            await ShouldReadAsync(bench, "k", body);
            var record = await RecordAsync(bench, "k");
            record.Compression.ShouldBe(length < FrameFormat.MinContentBytes ? 0u : 1u, $"{length}");
            if (record.Compression != 0) record.StoredLength.ShouldBe((ulong)StoredBytes(bench));
            if (length > 20_000) StoredBytes(bench).ShouldBeLessThan(length / 2);
            await bench.ShouldBeSoundAsync();
            bench.Services.Engine.Compression.Contexts.Rented.ShouldBe(0);
        }
    }

    [Fact]
    public async Task Random_ranges_of_mixed_bodies_equal_a_plain_oracle()
    {
        const int seed = 42;
        var random = new Random(seed);
        for (var round = 0; round < 15; round++)
        {
            var bench = await CreateAsync(maxBlobBytes: random.Next(1000, 30_000), frameBytes: random.Next(300, 5000));
            var body = Texts.Mixed(random.Next(4096, 200_000), random);
            await PutAsync(bench, "k", body, isLengthKnown: random.Next(2) == 0);
            (await RecordAsync(bench, "k")).Compression.ShouldBe(1u);
            using var handle = await OpenAsync(bench, "k");
            for (var i = 0; i < 40; i++)
            {
                var offset = random.Next(body.Length);
                var count = random.Next(body.Length - offset + 1);
                (await ObjectBench.ReadAsync(handle, offset, count)).AsSpan().SequenceEqual(body.AsSpan(offset, count)).ShouldBeTrue($"seed {seed}, round {round}, {offset}+{count} of {body.Length}");
            }
            await bench.ShouldBeSoundAsync();
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(8191)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(17_000)]
    public async Task Contents_of_many_frames_say_in_tables_where_they_end(int frames)
    {
        const int seed = 7;
        const int frame = 512;
        var random = new Random(seed);
        var bench = await CreateAsync(maxBlobBytes: 300_000, frameBytes: frame);
        var body = Texts.Mixed((frames * frame) - random.Next(frame), random);
        await PutAsync(bench, "k", body, isLengthKnown: false);
        var compression = (await ContentAsync(bench, "k")).Compression;
        compression.Tables.Count.ShouldBe(frames <= 1024 ? 0 : (frames + 8191) / 8192);
        compression.CalculateSize().ShouldBeLessThan(8 * 1024);
        using var handle = await OpenAsync(bench, "k");
        (await ObjectBench.ReadAsync(handle, 0, body.Length)).AsSpan().SequenceEqual(body).ShouldBeTrue();
        var edges = new[] { 0L, 1, 8190, 8191, 8192, 8193, frames - 1 }.Where(at => at < frames).Select(at => (int)at * frame);
        foreach (var edge in edges)
        {
            foreach (var offset in new[] { edge - 1, edge, edge + 1 }.Where(offset => offset >= 0 && offset < body.Length))
            {
                foreach (var count in new[] { 1, frame, (3 * frame) + 1, 100 * frame, edge == 0 ? body.Length : 1 }.Select(count => Math.Min(count, body.Length - offset)))
                    (await ObjectBench.ReadAsync(handle, offset, count)).AsSpan().SequenceEqual(body.AsSpan(offset, count)).ShouldBeTrue($"{offset}+{count} of {body.Length}");
            }
        }
        // A byte costs its frame, and of a table what names it.
        var before = bench.Blobs.BytesRead;
        (await ObjectBench.ReadAsync(handle, body.Length / 2, 1)).ShouldBe([body[body.Length / 2]]);
        (bench.Blobs.BytesRead - before).ShouldBeLessThan(frame + 100);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_range_costs_the_frames_that_it_touches()
    {
        var bench = await CreateAsync();
        var body = Texts.Of(4 << 20, 1);
        await PutAsync(bench, "k", body);
        using var handle = await OpenAsync(bench, "k");
        var perFrame = StoredBytes(bench) * FrameFormat.FrameBytes / body.Length;
        var before = bench.Blobs.BytesRead;
        (await ObjectBench.ReadAsync(handle, 3_000_000, 1000)).ShouldBe(body[3_000_000..3_001_000]);
        (bench.Blobs.BytesRead - before).ShouldBeLessThan(2 * perFrame);
    }

    [Fact]
    public async Task What_does_not_shrink_is_stored_as_it_is()
    {
        var bench = await CreateAsync();
        var dense = ObjectBench.Bytes(1_000_000, 1);
        foreach (var isLengthKnown in new[] { true, false }) await PutAsync(bench, $"dense{isLengthKnown}", dense, isLengthKnown: isLengthKnown);
        (await RecordAsync(bench, "denseTrue")).Compression.ShouldBe(0u);
        (await ContentAsync(bench, "denseFalse")).Compression.ShouldBeNull();
        StoredBytes(bench).ShouldBe(2_000_000);
        (await bench.GetAsync("denseFalse")).ShouldBe(dense);

        // Where only its beginning shrinks, the rest costs a header a frame.
        byte[] mixed = [.. Texts.Of(FrameFormat.FrameBytes, 1), .. dense];
        await PutAsync(bench, "mixed", mixed);
        (await RecordAsync(bench, "mixed")).StoredLength.ShouldBeLessThan((ulong)(dense.Length + (FrameFormat.FrameBytes / 2) + (9 * FrameFormat.HeaderBytes)));
        await ShouldReadAsync(bench, "mixed", mixed);
        var counted = bench.Services.Engine.Compression;
        (counted.Compressed, counted.LeftPlain, counted.PlainBytes).ShouldBe((1, 2, mixed.Length));
        counted.StoredBytes.ShouldBe((long)(await RecordAsync(bench, "mixed")).StoredLength);
    }

    [Fact]
    public async Task Small_bodies_are_inlined_as_they_are()
    {
        var bench = await CreateAsync(inlineLimitBytes: 16 * 1024);
        foreach (var isLengthKnown in new[] { true, false }) await PutAsync(bench, "k", Texts.Of(16 * 1024, 1), isLengthKnown: isLengthKnown);
        bench.Blobs.Stored.ShouldBeEmpty();
        (await bench.GetAsync("k")).ShouldBe(Texts.Of(16 * 1024, 1));
        await PutAsync(bench, "larger", Texts.Of((16 * 1024) + 1, 1), isLengthKnown: false);
        (await RecordAsync(bench, "larger")).Compression.ShouldBe(1u);
    }

    [Fact]
    public async Task Sizes_counters_and_quotas_are_the_clients()
    {
        var bench = await CreateAsync();
        await bench.Services.Buckets.Quotas.SetAsync(Bucket, new BucketQuota(150_000, null), default);
        await PutAsync(bench, "k", Texts.Of(100_000, 1));
        (await bench.Services.Buckets.GetUsageAsync(Bucket, default)).Value.Bytes.ShouldBe(100_000);
        (await bench.TryPutAsync("more", Texts.Of(100_000, 1))).Fault.ShouldBe(ObjectFault.QuotaExceeded);
        using var handle = await OpenAsync(bench, "k");
        handle.Info.LengthBytes.ShouldBe(100_000);
    }

    [Fact]
    public async Task A_change_of_the_bucket_touches_only_what_is_written_from_then_on()
    {
        var bench = await ObjectBench.CreateAsync();
        var body = Texts.Of(300_000, 1);
        await bench.PutAsync("before", body);
        await SwitchAsync(bench, BucketCompression.Default);
        await bench.PutAsync("on", body);
        await SwitchAsync(bench, null);
        await bench.PutAsync("off", body);
        foreach (var key in new[] { "before", "on", "off" })
        {
            (await RecordAsync(bench, key)).Compression.ShouldBe(key == "on" ? 1u : 0u);
            await ShouldReadAsync(bench, key, body);
        }
    }

    [Theory]
    [InlineData("text/plain; charset=utf-8", null, "k", true)]
    [InlineData(null, null, "k", true)]
    [InlineData("image/png", null, "k", false)]
    [InlineData("IMAGE/SVG+XML", null, "k", true)]
    [InlineData("application/vnd.openxmlformats-officedocument.wordprocessingml.document", null, "k", false)]
    [InlineData("application/octet-stream", null, "log.GZ", false)]
    [InlineData("text/plain", "gzip", "k", false)]
    [InlineData("text/plain", "aws-chunked", "k", true)]
    [InlineData("text/plain", "identity", "k", true)]
    [InlineData("text/plain", "aws-chunked, br", "k", false)]
    public async Task What_is_compressed_already_is_not_tried(string? type, string? encoding, string key, bool isCompressed)
    {
        var bench = await CreateAsync();
        await PutAsync(bench, key, Texts.Of(50_000, 1), headers: new ObjectHeaders { ContentType = type, ContentEncoding = encoding });
        (await RecordAsync(bench, key)).Compression.ShouldBe(isCompressed ? 1u : 0u);
    }

    [Theory]
    [InlineData("text/csv", "k", true)]
    [InlineData("application/json", "k", true)]
    [InlineData("application/jsonl", "k", false)]
    [InlineData(null, "k", false)]
    [InlineData(null, "a.log", true)]
    [InlineData("image/png", "a.LOG", true)]
    [InlineData(null, ".log", false)]
    public async Task A_bucket_may_name_what_it_compresses(string? type, string key, bool isCompressed)
    {
        var bench = await CreateAsync(BucketCompression.Validate(3, ["text/*", "Application/JSON"], ["log"]).Valid);
        await PutAsync(bench, key, Texts.Of(50_000, 1), headers: new ObjectHeaders { ContentType = type });
        (await RecordAsync(bench, key)).Compression.ShouldBe(isCompressed ? 1u : 0u);
    }

    [Fact]
    public void Settings_that_mean_nothing_are_refused()
    {
        BucketCompression.Validate(0, [], []).Problem.ShouldNotBeNull();
        BucketCompression.Validate(13, [], []).Problem.ShouldNotBeNull();
        BucketCompression.Validate(1, ["text"], []).Problem.ShouldNotBeNull();
        BucketCompression.Validate(1, ["*/json"], []).Problem.ShouldNotBeNull();
        BucketCompression.Validate(1, [], ["a/b"]).Problem.ShouldNotBeNull();
        BucketCompression.Validate(1, [.. Enumerable.Range(0, 33).Select(i => $"text/{i}")], []).Problem.ShouldNotBeNull();
        BucketCompression.Validate(1, ["*/*"], ["log", ".LOG"]).Valid!.Extensions.ShouldBe([".log"]);
    }

    [Fact]
    public async Task Parts_are_compressed_each_for_itself_and_slices_are_in_the_clients_offsets()
    {
        var bench = await CreateAsync(frameBytes: Small);
        byte[][] parts = [Texts.Of(100_001, 1), ObjectBench.Bytes(50_000, 2), Texts.Of(10, 3), Texts.Of(70_000, 4)];
        await bench.PutPartsAsync("k", parts);
        byte[] whole = [.. parts.SelectMany(part => part)];
        await ShouldReadAsync(bench, "k", whole);
        var record = await RecordAsync(bench, "k");
        record.Compression.ShouldBe(1u);
        record.StoredLength.ShouldBe((ulong)StoredBytes(bench));

        await SwitchAsync(bench, null);
        var upload = await bench.BeginAsync("slices");
        var copied = new List<ListedPart>();
        (int Offset, int Length)[] slices = [(0, whole.Length), (99_990, 50_020), (123, 1), (whole.Length - 5000, 5000)];
        var before = bench.Blobs.Stored.Count;
        for (var i = 0; i < slices.Length; i++)
        {
            var part = await bench.Services.Parts.CopyAsync(
                new UploadPartCopyRequest { Bucket = Bucket, Key = "slices", UploadId = upload.UploadId, PartNumber = i + 1, SourceBucket = Bucket, SourceKey = "k", Range = slices[i] }, default);
            copied.Add(new ListedPart(i + 1, part.Value.Part.ETag));
        }
        bench.Blobs.Stored.Count.ShouldBe(before, "no bytes move");
        (await bench.CompleteAsync(upload, copied)).IsOk.ShouldBeTrue();
        await ShouldReadAsync(bench, "slices", [.. slices.SelectMany(slice => whole[slice.Offset..(slice.Offset + slice.Length)])]);
        using (var handle = await OpenAsync(bench, "slices")) (await handle.GetPartAsync(2, default)).Value.LengthBytes.ShouldBe(50_020);
        await bench.ShouldBeSoundAsync();
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        await ShouldReadAsync(bench, "slices", [.. slices.SelectMany(slice => whole[slice.Offset..(slice.Offset + slice.Length)])]);
    }

    [Fact]
    public async Task Appends_are_parts_each_in_its_own_form()
    {
        var bench = await ObjectBench.CreateAsync(frameBytes: Small);
        var body = Texts.Of(30_000, 1);
        await bench.PutAsync("k", body);
        for (var n = 0; n < 6; n++)
        {
            await SwitchAsync(bench, n % 2 == 0 ? BucketCompression.Default : null);
            var more = Texts.Of(10_000 + n, n);
            var appended = await bench.Services.Appender.AppendAsync(
                new AppendRequest { Put = new PutRequest { Bucket = Bucket, Key = "k" }, OffsetBytes = body.Length }, new BytesSource(more), default);
            appended.Fault.ShouldBe(ObjectFault.None);
            body = [.. body, .. more];
            await bench.ShouldBeSoundAsync();
        }
        await ShouldReadAsync(bench, "k", body);
        var record = await RecordAsync(bench, "k");
        (record.Compression, record.Length).ShouldBe((1u, (ulong)body.Length));
        record.StoredLength.ShouldBe((ulong)StoredBytes(bench));
    }

    [Fact]
    public async Task A_copy_shares_what_is_compressed_and_a_rewritten_one_follows_its_bucket()
    {
        var bench = await CreateAsync(classes: new StorageClassTable(new Dictionary<string, Scheme> { ["WARM"] = new(2, 1) }));
        await bench.CreateBucketAsync("plain");
        var body = Texts.Of(300_000, 1);
        await PutAsync(bench, "k", body);
        var before = bench.Blobs.Stored.Count;
        (await CopyAsync(bench, "plain", "shared")).IsOk.ShouldBeTrue();
        bench.Blobs.Stored.Count.ShouldBe(before);
        (await RecordAsync(bench, "shared", "plain")).Compression.ShouldBe(1u);
        (await CopyAsync(bench, "plain", "moved", "WARM")).IsOk.ShouldBeTrue();
        var moved = await RecordAsync(bench, "moved", "plain");
        (moved.Compression, moved.StoredLength).ShouldBe((0u, 0ul));
        (await CopyAsync(bench, Bucket, "again", "WARM")).IsOk.ShouldBeTrue();
        (await RecordAsync(bench, "again")).Compression.ShouldBe(1u);
        foreach (var (bucket, key) in new[] { ("plain", "shared"), ("plain", "moved"), (Bucket, "again") }) (await bench.GetAsync(key, bucket: bucket)).ShouldBe(body);
        await bench.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(1, 10, 0)]
    [InlineData(1, 10, 5)]
    [InlineData(4, 20_000, 50)]
    public async Task A_transition_takes_stored_bytes_as_they_are(int parts, int partBytes, int seed)
    {
        var bench = await CreateAsync(classes: new StorageClassTable(new Dictionary<string, Scheme> { ["WARM"] = new(2, 1) }), frameBytes: Small);
        byte[] body;
        if (parts == 1) await PutAsync(bench, "k", body = Texts.Of(200_000, seed));
        else
        {
            byte[][] all = [.. Enumerable.Range(0, parts).Select(i => i == 1 ? ObjectBench.Bytes(partBytes, i) : Texts.Of(partBytes, seed + i))];
            await bench.PutPartsAsync("k", all);
            body = [.. all.SelectMany(part => part)];
        }
        // Also slices of it, which cannot be taken so, and copies, which keep theirs.
        var upload = await bench.BeginAsync("slice");
        var copied = await bench.Services.Parts.CopyAsync(
            new UploadPartCopyRequest { Bucket = Bucket, Key = "slice", UploadId = upload.UploadId, PartNumber = 1, SourceBucket = Bucket, SourceKey = "k", Range = (17, body.Length - 40) }, default);
        (await bench.CompleteAsync(upload, [new ListedPart(1, copied.Value.Part.ETag)])).IsOk.ShouldBeTrue();
        (await CopyAsync(bench, Bucket, "copy")).IsOk.ShouldBeTrue();
        var before = await RecordAsync(bench, "k");
        var stored = bench.Blobs.StoredBytes.Select(blob => Convert.ToHexString(SHA256.HashData(blob.Span))).ToHashSet();
        await bench.Services.Lifecycle.PutAsync(Bucket, new LifecycleConfiguration([LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1)] }]), default);
        await SwitchAsync(bench, null);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        var after = await RecordAsync(bench, "k");
        (after.StorageClass, after.Compression, after.StoredLength, after.Length).ShouldBe(("WARM", 1u, before.StoredLength, before.Length));
        after.ContentId.ShouldNotBe(before.ContentId);
        await ShouldReadAsync(bench, "k", body);
        await ShouldReadAsync(bench, "copy", body);
        await ShouldReadAsync(bench, "slice", body[17..^23]);
        await bench.ShouldBeSoundAsync();
        await bench.DeleteAsync("copy");
        await bench.DeleteAsync("slice");
        await bench.CollectAllAsync();
        // What is left are the same bytes.
        foreach (var blob in bench.Blobs.StoredBytes) stored.ShouldContain(Convert.ToHexString(SHA256.HashData(blob.Span)));
        await ShouldReadAsync(bench, "k", body);
    }

    [Theory]
    [InlineData(nameof(EncryptionMethod.None))]
    [InlineData(nameof(EncryptionMethod.StoreKey))]
    [InlineData(nameof(EncryptionMethod.ManagedKey))]
    [InlineData(nameof(EncryptionMethod.CustomerKey))]
    public async Task What_is_sealed_is_compressed_first_but_never_under_a_customers_key(string methodName)
    {
        var method = Enum.Parse<EncryptionMethod>(methodName);
        var classes = new StorageClassTable(new Dictionary<string, Scheme> { ["WARM"] = new(2, 1) });
        var bench = await ObjectBench.CreateAsync(keys: new TestKeys(), maxBlobBytes: 30_000, frameBytes: 5000, classes: classes);
        await SwitchAsync(bench, BucketCompression.Default);
        var body = Texts.Mixed(300_000, new Random(1));
        var put = await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = "k", Encryption = Request(method) }, new BytesSource(body), default);
        put.Value.LengthBytes.ShouldBe(body.Length);
        await ShouldBeSealedAsync(bench, "k", method, body);

        var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = "parts", Encryption = Request(method) }, default)).Value;
        var part = await bench.Services.Parts.UploadAsync(
            new UploadPartRequest { Bucket = Bucket, Key = "parts", UploadId = upload.UploadId, PartNumber = 1, CustomerKey = Request(method)?.CustomerKey }, new BytesSource(body), default);
        var slice = await bench.Services.Parts.CopyAsync(
            new UploadPartCopyRequest
            {
                Bucket = Bucket, Key = "parts", UploadId = upload.UploadId, PartNumber = 2, SourceBucket = Bucket, SourceKey = "k", Range = (4999, 100_000),
                CustomerKey = Request(method)?.CustomerKey, SourceCustomerKey = Request(method)?.CustomerKey,
            }, default);
        (await bench.CompleteAsync(upload, [new(1, part.Value.ETag), new(2, slice.Value.Part.ETag)])).IsOk.ShouldBeTrue();
        await ShouldBeSealedAsync(bench, "parts", method, [.. body, .. body.AsSpan(4999, 100_000)]);

        // Into every other kind, and back down into another class as it is stored.
        foreach (var target in Enum.GetValues<EncryptionMethod>())
        {
            foreach (var key in new[] { "k", "parts" })
            {
                var copied = await bench.Services.Copier.CopyAsync(
                    new CopyRequest { SourceBucket = Bucket, SourceKey = key, SourceCustomerKey = Request(method)?.CustomerKey, Bucket = Bucket, Key = $"{key}-{target}", Encryption = Request(target) }, default);
                copied.Fault.ShouldBe(ObjectFault.None);
                await ShouldBeSealedAsync(bench, $"{key}-{target}", target, key == "k" ? body : [.. body, .. body.AsSpan(4999, 100_000)]);
            }
        }
        await bench.Services.Lifecycle.PutAsync(Bucket, new LifecycleConfiguration([LifecycleTests.Rule() with { Transitions = [new LifecycleTransition("WARM", 1)] }]), default);
        bench.Time.Advance(TimeSpan.FromDays(3));
        await bench.ExpireAsync();
        bench.Lifecycle.Errors.ShouldBe(0);
        (await RecordAsync(bench, "k")).StorageClass.ShouldBe("WARM");
        await ShouldBeSealedAsync(bench, "k", method, body);
        await ShouldBeSealedAsync(bench, "parts", method, [.. body, .. body.AsSpan(4999, 100_000)]);
        if (method is EncryptionMethod.StoreKey or EncryptionMethod.ManagedKey)
        {
            (await bench.Services.Updater.SetManagedKeyAsync(new VersionTarget(Bucket, "k", null), "second", bucketKey: false, default)).IsOk.ShouldBeTrue();
            await ShouldBeSealedAsync(bench, "k", EncryptionMethod.ManagedKey, body);
        }
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_tag_tells_how_its_bytes_are_to_be_read_back()
    {
        var bench = await CreateAsync(frameBytes: Small);
        await PutAsync(bench, "k", Texts.Of(30_000, 1));
        var tag = SalvageTag.Parser.ParseFrom(bench.Blobs.Tags.Values.Last().Span);
        (tag.Compression.Method, tag.Compression.FrameSize).ShouldBe((FrameFormat.Method, (uint)Small));

        // And the bytes need nothing else: frame behind frame, tables between them.
        var stored = bench.Blobs.StoredBytes.Single().ToArray().AsSpan();
        var plain = new MemoryStream();
        using var contexts = new Zstandard.ZstdContexts();
        var decompressor = contexts.RentDecompressor();
        for (var number = 0; !stored.IsEmpty; number++)
        {
            var (kind, length) = FrameFormat.ReadHeader(stored);
            var frame = stored.Slice(FrameFormat.HeaderBytes, length);
            FrameFormat.Verifies(stored, number, frame).ShouldBeTrue();
            kind.ShouldBe(FrameKind.Compressed);
            var opened = new byte[Math.Min(Small, 30_000 - plain.Length)];
            decompressor.Decompress(frame, opened);
            plain.Write(opened);
            stored = stored[(FrameFormat.HeaderBytes + length)..];
        }
        contexts.Return(decompressor);
        plain.ToArray().ShouldBe(Texts.Of(30_000, 1));
    }

    [Fact]
    public async Task Damage_that_no_checksum_below_has_seen_is_an_error_and_never_other_bytes()
    {
        const int seed = 11;
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var frames = round % 3 == 0 ? 1100 : 30;
            var bench = await CreateAsync(maxBlobBytes: 1 << 20, frameBytes: 512);
            var body = Texts.Mixed(frames * 512, random);
            await PutAsync(bench, "k", body);
            MemoryMarshal.TryGetArray(bench.Blobs.StoredBytes.Single(), out var stored).ShouldBeTrue();
            Damage(stored.Array!, random, round);
            using var handle = await OpenAsync(bench, "k");
            for (var i = 0; i < 10; i++)
            {
                var offset = random.Next(body.Length);
                var count = random.Next(1, Math.Min(3000, body.Length - offset) + 1);
                await ShouldBeRightOrFailAsync(handle, body, offset, count, $"seed {seed}, round {round}, {offset}+{count}");
            }
            var isWhole = await ShouldBeRightOrFailAsync(handle, body, 0, body.Length, $"seed {seed}, round {round}, whole");
            // All frames are read then, but no table.
            if (frames == 30) isWhole.ShouldBeFalse($"seed {seed}, round {round}");
            bench.Services.Engine.Compression.Contexts.Rented.ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_record_that_does_not_fit_its_bytes_is_an_error_and_never_other_bytes()
    {
        var bench = await CreateAsync(frameBytes: Small);
        var body = Texts.Of(50_000, 1);
        foreach (var edit in new Action<CompressionRecord>[]
        {
            record => record.Method = 2,
            record => record.FrameSize = 0,
            record => record.FrameSize = int.MaxValue,
            record => record.FrameSize = 2 * Small,
            record => record.Length += 1,
            record => record.Length -= 1,
            record => record.Length += 2 * Small,
            record => record.Frames.RemoveAt(3),
            record => (record.Frames[2], record.Frames[3]) = (record.Frames[3], record.Frames[2] + 1),
            record => record.Frames[2] += 1,
            record => record.Frames[2] -= 1,
            record => record.Tables.Add(30),
        })
        {
            await PutAsync(bench, "k", body);
            await ChangeContentAsync(bench, "k", content => edit(content.Compression));
            using var handle = await OpenAsync(bench, "k");
            (await Should.ThrowAsync<BlobStoreException>(() => ObjectBench.ReadAsync(handle, 0, body.Length))).Fault.ShouldBe(BlobStoreFault.Unreadable);
        }
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_read_and_gives_its_context_back()
    {
        var bench = await CreateAsync(maxBlobBytes: 4 << 20);
        var body = Texts.Mixed(4_000_000, new Random(1));
        await PutAsync(bench, "k", body);
        using var handle = await OpenAsync(bench, "k");
        using var gone = new CancellationTokenSource();
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var reading = handle.ReadAsync(10, 3_900_000, pipe.Writer, gone.Token).AsTask();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(60)));
        var closed = new Pipe();
        await closed.Reader.CompleteAsync();
        await handle.ReadAsync(0, 4_000_000, closed.Writer, default);
        bench.Services.Engine.Compression.Contexts.Rented.ShouldBe(0);
        (await ObjectBench.ReadAsync(handle, 0, body.Length)).AsSpan().SequenceEqual(body).ShouldBeTrue();
    }

    [Fact]
    public async Task A_body_that_breaks_gives_its_context_back_and_leaves_nothing()
    {
        var bench = await CreateAsync();
        var body = Texts.Of(900_000, 1);
        (await bench.TryPutAsync("k", [], source: new BytesSource(body) { AnnouncedBytes = 900_001 })).Fault.ShouldBe(ObjectFault.IncompleteBody);
        (await bench.TryPutAsync("k", [], source: new BytesSource(body) { AnnouncedBytes = 899_999 })).Fault.ShouldBe(ObjectFault.MalformedBody);
        (await bench.TryPutAsync("k", [], source: new BytesSource(body) { AnnouncedBytes = 100_000 })).Fault.ShouldBe(ObjectFault.MalformedBody);
        (await bench.TryPutAsync("k", [], source: new BytesSource(body) { Check = _ => new Failure(ObjectFault.ChecksumMismatch) })).Fault.ShouldBe(ObjectFault.ChecksumMismatch);
        using var gone = new CancellationTokenSource();
        var broken = new BrokenSource(body, 300_000, gone);
        await Should.ThrowAsync<OperationCanceledException>(async () => await bench.Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = "k" }, broken, gone.Token));
        bench.Services.Engine.Compression.Contexts.Rented.ShouldBe(0);
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.NoSuchKey);
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
    }

    private static EncryptionRequest? Request(EncryptionMethod method) => method == EncryptionMethod.None ? null : new EncryptionRequest
    {
        Method = method,
        CustomerKey = method == EncryptionMethod.CustomerKey ? new CustomerKey(ObjectBench.Bytes(32, 1)) : null,
    };

    private static async Task ShouldBeSealedAsync(ObjectBench bench, string key, EncryptionMethod method, byte[] body)
    {
        var record = await RecordAsync(bench, key);
        if (method == EncryptionMethod.CustomerKey) record.Compression.ShouldBe(0u, key);
        // But for copies between two keys, which share what is plain below a customer's.
        else if (!key.Contains('-', StringComparison.Ordinal)) record.Compression.ShouldBe(1u, key);
        ((EncryptionMethod)(record.Encryption?.Method ?? 0)).ShouldBe(method);
        using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = key, CustomerKey = Request(method)?.CustomerKey }, default)).Value;
        (await ObjectBench.ReadAsync(handle, 0, body.Length)).AsSpan().SequenceEqual(body).ShouldBeTrue(key);
        foreach (var (offset, count) in new[] { (0, 1), (4999, 2), (60_000, 70_000), (body.Length - 1, 1), (body.Length - 100_001, 100_001) })
            (await ObjectBench.ReadAsync(handle, offset, count)).AsSpan().SequenceEqual(body.AsSpan(offset, count)).ShouldBeTrue($"{key}: {offset}+{count}");
    }

    private static async Task<bool> ShouldBeRightOrFailAsync(ObjectHandle handle, byte[] body, int offset, int count, string because)
    {
        var bytes = new MemoryStream();
        var writer = PipeWriter.Create(bytes);
        var isWhole = true;
        try
        {
            await handle.ReadAsync(offset, count, writer, default);
        }
        catch (BlobStoreException e)
        {
            e.Fault.ShouldBe(BlobStoreFault.Unreadable);
            isWhole = false;
        }
        await writer.FlushAsync();
        if (isWhole) bytes.Length.ShouldBe(count, because);
        bytes.ToArray().AsSpan().SequenceEqual(body.AsSpan(offset, (int)bytes.Length)).ShouldBeTrue(because);
        return isWhole;
    }

    /// <summary>A bit, some bytes, or two pieces that change places; of the table at the end too, where there is one.</summary>
    private static void Damage(byte[] stored, Random random, int round)
    {
        switch (round % 4)
        {
            case 0 or 1:
                stored[random.Next(stored.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                var at = random.Next(stored.Length - 20);
                for (var i = 0; i < 20; i++) stored[at + i] ^= (byte)random.Next(1, 256);
                break;
            default:
                // The first frame in the place of the second.
                var (_, first) = FrameFormat.ReadHeader(stored);
                var length = FrameFormat.HeaderBytes + first;
                stored.AsSpan(0, length).CopyTo(stored.AsSpan(length));
                break;
        }
    }

    private static async Task ShouldReadAsync(ObjectBench bench, string key, byte[] body)
    {
        using var handle = await OpenAsync(bench, key);
        handle.Info.LengthBytes.ShouldBe(body.Length);
        (await ObjectBench.ReadAsync(handle, 0, body.Length)).AsSpan().SequenceEqual(body).ShouldBeTrue(key);
        foreach (var offset in new[] { 1, body.Length / 3, body.Length / 2, body.Length - 1 }.Where(offset => offset >= 0 && offset < body.Length))
        {
            var count = Math.Min(5000, body.Length - offset);
            (await ObjectBench.ReadAsync(handle, offset, count)).ShouldBe(body[offset..(offset + count)], $"{key}: {offset}+{count} of {body.Length}");
        }
    }

    private static async Task<ObjectBench> CreateAsync(
        BucketCompression? compression = null, int maxBlobBytes = 64 * 1024, int inlineLimitBytes = 16, StorageClassTable? classes = null, int frameBytes = FrameFormat.FrameBytes)
    {
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: maxBlobBytes, inlineLimitBytes: inlineLimitBytes, classes: classes, frameBytes: frameBytes);
        await SwitchAsync(bench, compression ?? BucketCompression.Default);
        return bench;
    }

    private static async Task SwitchAsync(ObjectBench bench, BucketCompression? compression) =>
        (await bench.Services.Buckets.SetCompressionAsync(Bucket, compression, default)).IsOk.ShouldBeTrue();

    private static async Task<WriteResult> PutAsync(ObjectBench bench, string key, byte[] body, bool isLengthKnown = true, ObjectHeaders? headers = null) =>
        (await bench.Services.Writer.PutAsync(
            new PutRequest { Bucket = Bucket, Key = key, Headers = headers ?? ObjectHeaders.Empty }, new BytesSource(body, isLengthKnown), default)).Value;

    private static async Task<Result<CopyResult>> CopyAsync(ObjectBench bench, string bucket, string key, string? storageClass = null) => await bench.Services.Copier.CopyAsync(
        new CopyRequest { SourceBucket = Bucket, SourceKey = "k", Bucket = bucket, Key = key, StorageClass = storageClass }, default);

    private static async Task<ObjectHandle> OpenAsync(ObjectBench bench, string key) =>
        (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = key }, default)).Value;

    private static long StoredBytes(ObjectBench bench) => bench.Blobs.StoredBytes.Sum(blob => (long)blob.Length);

    private static async Task<VersionRecord> RecordAsync(ObjectBench bench, string key, string bucket = Bucket)
    {
        using var snapshot = bench.Services.Engine.Store.Snapshot();
        var found = (await ObjectEngine.GetBucketAsync(snapshot, bucket, default))!;
        return (await VersionRows.GetCurrentAsync(snapshot, found.Id, Encoding.UTF8.GetBytes(key), default))!;
    }

    private static async Task<ContentRecord> ContentAsync(ObjectBench bench, string key)
    {
        var version = await RecordAsync(bench, key);
        using var snapshot = bench.Services.Engine.Store.Snapshot();
        return (await snapshot.GetRecordAsync(SchemaKeys.Content(ContentId.FromField(version.ContentId)), ContentRecord.Parser, default))!;
    }

    private static async Task ChangeContentAsync(ObjectBench bench, string key, Action<ContentRecord> change)
    {
        var row = SchemaKeys.Content(ContentId.FromField((await RecordAsync(bench, key)).ContentId));
        (await bench.Services.Engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = (await transaction.GetRecordAsync(row, ContentRecord.Parser, default))!;
            change(record);
            transaction.PutRecord(row, record);
            return new Done();
        }, default)).IsOk.ShouldBeTrue();
    }

    /// <summary>A body whose client goes away.</summary>
    private sealed class BrokenSource(byte[] body, int at, CancellationTokenSource gone) : IContentSource
    {
        private int _position;

        public long? LengthBytes => body.Length;

        public ChecksumSet Digests => default;

        public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
        {
            if (_position >= at) await gone.CancelAsync();
            ct.ThrowIfCancellationRequested();
            var count = Math.Min(destination.Length, Math.Min(7000, body.Length - _position));
            body.AsMemory(_position, count).CopyTo(destination);
            _position += count;
            return count;
        }

        public Failure? Verify(ComputedDigests digests) => null;
    }
}

/// <summary>Bodies that shrink.</summary>
internal static class Texts
{
    /// <summary>Lines that repeat, but not all.</summary>
    public static byte[] Of(int length, int seed)
    {
        var random = new Random(seed);
        var lines = new byte[64][];
        for (var i = 0; i < lines.Length; i++) lines[i] = Encoding.ASCII.GetBytes($"{{\"time\":{random.Next(100_000)},\"level\":\"information\",\"message\":\"request {i} done\"}}\n");
        var body = new byte[length];
        for (var rest = body.AsSpan(); !rest.IsEmpty;)
        {
            var line = lines[random.Next(lines.Length)].AsSpan();
            line = line[..Math.Min(line.Length, rest.Length)];
            line.CopyTo(rest);
            rest = rest[line.Length..];
        }
        return body;
    }

    /// <summary>Text first, then pieces that shrink and pieces that do not.</summary>
    public static byte[] Mixed(int length, Random random)
    {
        var body = Of(length, random.Next());
        for (var at = 6000; at < length; at += random.Next(100, 20_000))
            random.NextBytes(body.AsSpan(at, Math.Min(random.Next(10_000), length - at)));
        return body;
    }
}
