using System.IO.Pipelines;
using System.Security.Cryptography;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class EncryptionTests
{
    private const string Another = "another";
    private static readonly CustomerKey Key = new(ObjectBench.Bytes(32, 1));
    private static readonly CustomerKey OtherKey = new(ObjectBench.Bytes(32, 2));

    public static TheoryData<string> Methods => [nameof(EncryptionMethod.CustomerKey), nameof(EncryptionMethod.StoreKey), nameof(EncryptionMethod.ManagedKey)];

    public static TheoryData<string, string, int> Copies
    {
        get
        {
            var all = Enum.GetNames<EncryptionMethod>();
            var cases = new TheoryData<string, string, int>();
            foreach (var source in all)
            {
                foreach (var target in all)
                {
                    cases.Add(source, target, 10);
                    cases.Add(source, target, 200_000);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_body_of_any_length_comes_back_as_it_was_in_any_range(string methodName)
    {
        var method = Enum.Parse<EncryptionMethod>(methodName);
        const int chunk = ContentSeal.ChunkBytes;
        foreach (var length in new[] { 0, 1, 16, 17, 1000, chunk - 1, chunk, chunk + 1, 2 * chunk, (3 * chunk) + 5 })
        {
            foreach (var isKnown in new[] { true, false })
            {
                var bench = await CreateAsync(maxBlobBytes: 50_000);
                var body = ObjectBench.Bytes(length, length);
                var put = await PutAsync(bench, "k", body, method, isKnown);
                put.LengthBytes.ShouldBe(length);
                using var handle = (await OpenAsync(bench, "k", method)).Value;
                handle.Info.LengthBytes.ShouldBe(length);
                (await ObjectBench.ReadAsync(handle, 0, length)).ShouldBe(body);
                foreach (var (offset, count) in Ranges(length))
                    (await ObjectBench.ReadAsync(handle, offset, count)).ShouldBe(body[offset..(offset + count)], $"{offset}+{count} of {length}");
                await bench.ShouldBeSoundAsync();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Nothing_that_is_stored_shows_the_body(string methodName)
    {
        var method = Enum.Parse<EncryptionMethod>(methodName);
        foreach (var length in new[] { 16, 100_000 })
        {
            var bench = await CreateAsync();
            await PutAsync(bench, "k", new byte[length], method);
            await PutAsync(bench, "k2", new byte[length], method);
            var stored = bench.Blobs.StoredBytes.Select(blob => blob.ToArray()).Concat(await RowsAsync(bench, KvTables.InlineData)).ToList();
            stored.ShouldNotBeEmpty();
            var zeros = new byte[16];
            foreach (var bytes in stored) bytes.AsSpan().IndexOf(zeros).ShouldBe(-1);
            // Equal bodies look different.
            stored[0].ShouldNotBe(stored[1]);
            foreach (var row in await RowsAsync(bench, KvTables.CurrentVersions)) row.AsSpan().IndexOf(Key.Bytes).ShouldBe(-1);
        }
    }

    [Fact]
    public async Task Only_the_customers_key_opens_what_it_sealed()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(100_000, 1), EncryptionMethod.CustomerKey);
        await PutAsync(bench, "plain", [1], EncryptionMethod.None);
        (await FaultAsync(bench, "k", null)).ShouldBe(ObjectFault.CustomerKeyMissing);
        (await FaultAsync(bench, "k", OtherKey)).ShouldBe(ObjectFault.CustomerKeyMismatch);
        (await FaultAsync(bench, "plain", Key)).ShouldBe(ObjectFault.CustomerKeyNotApplicable);
        (await StatAsync(bench, "k", null)).ShouldBe(ObjectFault.CustomerKeyMissing);
        (await StatAsync(bench, "k", OtherKey)).ShouldBe(ObjectFault.CustomerKeyMismatch);
        (await StatAsync(bench, "k", Key)).ShouldBe(ObjectFault.None);
    }

    [Theory]
    [MemberData(nameof(Copies))]
    public async Task A_copy_reads_the_same_under_its_own_encryption(string from, string to, int length)
    {
        var (source, target) = (Enum.Parse<EncryptionMethod>(from), Enum.Parse<EncryptionMethod>(to));
        var bench = await CreateAsync();
        await bench.CreateBucketAsync(Another);
        var body = ObjectBench.Bytes(length, 7);
        await PutAsync(bench, "k", body, source);
        var before = bench.Blobs.Stored.Count;
        var copied = await bench.Services.Copier.CopyAsync(
            new CopyRequest
            {
                SourceBucket = ObjectBench.Bucket, SourceKey = "k", SourceCustomerKey = source == EncryptionMethod.CustomerKey ? Key : null,
                Bucket = Another, Key = "copy", Encryption = Request(target, OtherKey),
            }, default);
        copied.IsOk.ShouldBeTrue(copied.IsOk ? "" : copied.Fault.ToString());
        copied.Value.Written.Encryption?.Method.ShouldBe(target);
        // Between two kinds of encryption only the wrapping changes, and the source may go; but SSE-S3 needs the MD5 of what the others hide it of.
        var isMd5 = target is EncryptionMethod.None or EncryptionMethod.StoreKey;
        var isShared = source == target || (source != EncryptionMethod.None && !isMd5);
        if (isShared && length > 16) bench.Blobs.Stored.Count.ShouldBe(before);
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();

        using var handle = (await OpenAsync(bench, "copy", target, OtherKey, Another)).Value;
        (await ObjectBench.ReadAsync(handle, 0, length)).ShouldBe(body);
        handle.Info.Encryption?.Method.ShouldBe(target);
        if (isMd5) handle.Info.ETag.ShouldBe(Convert.ToHexStringLower(MD5.HashData(body)));
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_copy_needs_the_key_of_its_source()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(100_000, 1), EncryptionMethod.CustomerKey);
        var request = new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "k", Bucket = ObjectBench.Bucket, Key = "copy" };
        (await bench.Services.Copier.CopyAsync(request, default)).Fault.ShouldBe(ObjectFault.CustomerKeyMissing);
        (await bench.Services.Copier.CopyAsync(request with { SourceCustomerKey = OtherKey }, default)).Fault.ShouldBe(ObjectFault.CustomerKeyMismatch);
        (await bench.TryGetAsync("copy")).Fault.ShouldBe(ObjectFault.NoSuchKey);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Parts_are_sealed_under_the_uploads_key_and_read_as_one(string methodName)
    {
        var method = Enum.Parse<EncryptionMethod>(methodName);
        var bench = await CreateAsync();
        await PutAsync(bench, "source", ObjectBench.Bytes(90_000, 9), EncryptionMethod.CustomerKey);
        var upload = (await bench.Services.Multipart.CreateAsync(
            new CreateUploadRequest { Bucket = ObjectBench.Bucket, Key = "k", Encryption = Request(method, Key) }, default)).Value;
        upload.Encryption!.Method.ShouldBe(method);
        var key = method == EncryptionMethod.CustomerKey ? Key : null;
        var first = ObjectBench.Bytes(70_001, 4);
        var part1 = await UploadAsync(bench, upload, 1, first, key);
        var part2 = (await bench.Services.Parts.CopyAsync(
            new UploadPartCopyRequest
            {
                Bucket = ObjectBench.Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = 2, SourceBucket = ObjectBench.Bucket, SourceKey = "source",
                Range = (10, 80_000), SourceCustomerKey = Key, CustomerKey = key,
            }, default)).Value.Part;
        var part3 = await UploadAsync(bench, upload, 3, [], key);
        (await bench.CompleteAsync(upload, [new(1, part1.ETag), new(2, part2.ETag), new(3, part3.ETag)])).IsOk.ShouldBeTrue();

        byte[] whole = [.. first, .. ObjectBench.Bytes(90_000, 9).AsSpan(10, 80_000)];
        using var handle = (await OpenAsync(bench, "k", method)).Value;
        (await ObjectBench.ReadAsync(handle, 0, whole.Length)).ShouldBe(whole);
        foreach (var (offset, count) in new[] { (0, 1), (69_990, 20), (70_001, 65_536), (whole.Length - 1, 1), (65_535, 2) })
            (await ObjectBench.ReadAsync(handle, offset, count)).ShouldBe(whole[offset..(offset + count)]);
        foreach (var blob in bench.Blobs.StoredBytes) blob.ToArray().AsSpan().IndexOf(first.AsSpan(100, 32)).ShouldBe(-1);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_part_needs_the_key_that_its_upload_was_begun_with()
    {
        var bench = await CreateAsync();
        var upload = (await bench.Services.Multipart.CreateAsync(
            new CreateUploadRequest { Bucket = ObjectBench.Bucket, Key = "k", Encryption = Request(EncryptionMethod.CustomerKey, Key) }, default)).Value;
        var request = new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = 1 };
        (await bench.Services.Parts.UploadAsync(request, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.CustomerKeyMissing);
        (await bench.Services.Parts.UploadAsync(request with { CustomerKey = OtherKey }, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.CustomerKeyMismatch);
        var plain = await bench.BeginAsync("plain");
        (await bench.Services.Parts.UploadAsync(
            request with { Key = "plain", UploadId = plain.UploadId, CustomerKey = Key }, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.CustomerKeyNotApplicable);
    }

    [Fact]
    public async Task A_bucket_seals_what_its_writers_leave_open_and_may_refuse_their_keys()
    {
        var bench = await CreateAsync();
        (await bench.Services.Buckets.SetEncryptionAsync(ObjectBench.Bucket, new(EncryptionMethod.ManagedKey, "nobody's", false, false), default)).Fault.ShouldBe(ObjectFault.NoSuchKeyId);
        (await bench.Services.Buckets.SetEncryptionAsync(ObjectBench.Bucket, new(EncryptionMethod.ManagedKey, "second", true, true), default)).IsOk.ShouldBeTrue();
        (await PutAsync(bench, "k", [1, 2, 3], EncryptionMethod.None)).Encryption.ShouldBe(new EncryptionInfo(EncryptionMethod.ManagedKey, "second", null, true));
        (await PutAsync(bench, "k2", [1, 2, 3], EncryptionMethod.StoreKey)).Encryption!.Method.ShouldBe(EncryptionMethod.StoreKey);
        (await bench.Services.Writer.PutAsync(
            new PutRequest { Bucket = ObjectBench.Bucket, Key = "k3", Encryption = Request(EncryptionMethod.CustomerKey, Key) }, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.CustomerKeysBlocked);
        (await bench.Services.Buckets.SetEncryptionAsync(ObjectBench.Bucket, null, default)).IsOk.ShouldBeTrue();
        (await PutAsync(bench, "k4", [1], EncryptionMethod.None)).Encryption.ShouldBeNull();
        (await bench.GetAsync("k")).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_key_manager_that_is_missing_or_does_not_answer_refuses_before_the_body()
    {
        var without = await ObjectBench.CreateAsync();
        var request = new PutRequest { Bucket = ObjectBench.Bucket, Key = "k", Encryption = Request(EncryptionMethod.StoreKey, Key) };
        (await without.Services.Writer.PutAsync(request, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.NoKeyManager);

        var keys = new TestKeys();
        var bench = await ObjectBench.CreateAsync(keys: keys);
        (await bench.Services.Writer.PutAsync(request with { Encryption = new() { Method = EncryptionMethod.ManagedKey, KeyId = "nobody's" } }, new BytesSource([1]), default))
            .Fault.ShouldBe(ObjectFault.NoSuchKeyId);
        (await bench.Services.Writer.PutAsync(request, new BytesSource([1]), default)).IsOk.ShouldBeTrue();
        keys.IsDown = true;
        (await bench.Services.Writer.PutAsync(request, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.KeyManagerUnavailable);
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.KeyManagerUnavailable);
        (await StatAsync(bench, "k", null)).ShouldBe(ObjectFault.None);
        keys.IsDown = false;
        (await bench.GetAsync("k")).ShouldBe([1]);
    }

    [Fact]
    public async Task A_context_too_long_for_the_shards_tags_is_kept_with_the_version()
    {
        var bench = await CreateAsync();
        var body = ObjectBench.Bytes(200_000, 3);
        var request = new EncryptionRequest { Method = EncryptionMethod.ManagedKey, Context = Convert.ToBase64String(ObjectBench.Bytes(8 * 1024, 4)) };
        var put = await bench.Services.Writer.PutAsync(new PutRequest { Bucket = ObjectBench.Bucket, Key = "k", Encryption = request }, new BytesSource(body), default);
        put.Value.Encryption!.Context.ShouldBe(request.Context);
        (await bench.GetAsync("k")).ShouldBe(body);

        var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = ObjectBench.Bucket, Key = "parts", Encryption = request }, default)).Value;
        var part = await UploadAsync(bench, upload, 1, body, null);
        (await bench.CompleteAsync(upload, [new(1, part.ETag)])).Value.Encryption!.Context.ShouldBe(request.Context);
        (await bench.GetAsync("parts")).ShouldBe(body);
    }

    [Fact]
    public async Task A_bucket_that_was_made_anew_meanwhile_gets_nothing_that_was_meant_for_the_old_one()
    {
        var keys = new TestKeys();
        var bench = await ObjectBench.CreateAsync(keys: keys);
        await PutAsync(bench, "k", ObjectBench.Bytes(100_000, 1), EncryptionMethod.StoreKey);
        await bench.CreateBucketAsync(Another);
        var request = Request(EncryptionMethod.ManagedKey, Key);
        keys.BeforeWrap = async () =>
        {
            keys.BeforeWrap = null;
            (await bench.Services.Buckets.DeleteAsync(Another, default)).IsOk.ShouldBeTrue();
            await bench.CreateBucketAsync(Another);
        };
        var between = keys.BeforeWrap;
        var copied = await bench.Services.Copier.CopyAsync(
            new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "k", Bucket = Another, Key = "copy", Encryption = request }, default);
        copied.Fault.ShouldBe(ObjectFault.NoSuchBucket);
        (await bench.TryGetAsync("copy", bucket: Another)).Fault.ShouldBe(ObjectFault.NoSuchKey);

        keys.BeforeWrap = between;
        (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Another, Key = "parts", Encryption = request }, default)).Fault.ShouldBe(ObjectFault.NoSuchBucket);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_read_of_what_is_sealed()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(1_000_000, 1), EncryptionMethod.StoreKey);
        using var handle = (await OpenAsync(bench, "k", EncryptionMethod.StoreKey)).Value;
        using var gone = new CancellationTokenSource();
        // Nobody reads, so that the first flush waits.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var reading = handle.ReadAsync(10, 900_000, pipe.Writer, gone.Token).AsTask();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(60)));

        // One that has closed its end is not read for, either.
        var closed = new Pipe();
        await closed.Reader.CompleteAsync();
        var before = bench.Blobs.BytesRead;
        await handle.ReadAsync(0, 1_000_000, closed.Writer, default);
        (bench.Blobs.BytesRead - before).ShouldBeLessThan(700_000);

        // And the handle reads on for another.
        (await ObjectBench.ReadAsync(handle, 0, 1_000_000)).ShouldBe(ObjectBench.Bytes(1_000_000, 1));
    }

    [Fact]
    public async Task A_wrapped_key_that_is_moved_to_another_object_does_not_open()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "a", [1], EncryptionMethod.StoreKey);
        await PutAsync(bench, "b", [2], EncryptionMethod.StoreKey);
        await ChangeAsync(bench, "a", async (record, reader) => record.Encryption.WrappedKey = (await RecordAsync(reader, "b")).Encryption.WrappedKey);
        (await bench.TryGetAsync("a")).Fault.ShouldBe(ObjectFault.KeyUnusable);
    }

    [Fact]
    public async Task Sealed_bytes_that_were_changed_are_never_sent()
    {
        var bench = await CreateAsync();
        await PutAsync(bench, "k", ObjectBench.Bytes(200_000, 1), EncryptionMethod.StoreKey);
        await PutAsync(bench, "other", ObjectBench.Bytes(200_000, 1), EncryptionMethod.StoreKey);
        // The drives' checksums would hold for a content that was put in another's place.
        await ChangeAsync(bench, "k", async (record, reader) => record.ContentId = (await RecordAsync(reader, "other")).ContentId);
        using var handle = (await OpenAsync(bench, "k", EncryptionMethod.StoreKey)).Value;
        (await Should.ThrowAsync<BlobStoreException>(() => ObjectBench.ReadAsync(handle, 0, 200_000))).Fault.ShouldBe(BlobStoreFault.Unreadable);
    }

    [Fact]
    public async Task The_etag_of_what_the_store_cannot_read_alone_is_not_the_md5()
    {
        var bench = await CreateAsync();
        byte[] body = [1, 2, 3];
        var md5 = Convert.ToHexStringLower(MD5.HashData(body));
        (await PutAsync(bench, "a", body, EncryptionMethod.StoreKey)).ETag.ShouldBe(md5);
        (await PutAsync(bench, "b", body, EncryptionMethod.CustomerKey)).ETag.ShouldNotBe(md5);
        (await PutAsync(bench, "c", body, EncryptionMethod.ManagedKey)).ETag.ShouldNotBe(md5);
    }

    private static Task<ObjectBench> CreateAsync(int maxBlobBytes = 64 * 1024) => ObjectBench.CreateAsync(maxBlobBytes: maxBlobBytes, keys: new TestKeys());

    private static EncryptionRequest? Request(EncryptionMethod method, CustomerKey key) => method == EncryptionMethod.None ? null : new EncryptionRequest
    {
        Method = method,
        CustomerKey = method == EncryptionMethod.CustomerKey ? key : null,
        KeyId = method == EncryptionMethod.ManagedKey ? "second" : null,
    };

    private static async Task<WriteResult> PutAsync(ObjectBench bench, string key, byte[] body, EncryptionMethod method, bool isLengthKnown = true) =>
        (await bench.Services.Writer.PutAsync(
            new PutRequest { Bucket = ObjectBench.Bucket, Key = key, Encryption = Request(method, Key) }, new BytesSource(body, isLengthKnown), default)).Value;

    private static async Task<PartResult> UploadAsync(ObjectBench bench, UploadInfo upload, int number, byte[] body, CustomerKey? key) => (await bench.Services.Parts.UploadAsync(
        new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = upload.Key, UploadId = upload.UploadId, PartNumber = number, CustomerKey = key }, new BytesSource(body), default)).Value;

    private static async Task<Result<ObjectHandle>> OpenAsync(ObjectBench bench, string key, EncryptionMethod method, CustomerKey? with = null, string bucket = ObjectBench.Bucket) =>
        await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket, Key = key, CustomerKey = method == EncryptionMethod.CustomerKey ? with ?? Key : null }, default);

    private static async Task<ObjectFault> FaultAsync(ObjectBench bench, string key, CustomerKey? with) =>
        (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = key, CustomerKey = with }, default)).Fault;

    private static async Task<ObjectFault> StatAsync(ObjectBench bench, string key, CustomerKey? with) =>
        (await bench.Services.Reader.StatAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = key, CustomerKey = with, RequiresKey = true }, default)).Fault;

    private static IEnumerable<(int Offset, int Count)> Ranges(int length)
    {
        foreach (var offset in new[] { 0, 1, ContentSeal.ChunkBytes - 1, ContentSeal.ChunkBytes, ContentSeal.ChunkBytes + 1, length - 1 })
        {
            foreach (var count in new[] { 0, 1, 2, ContentSeal.ChunkBytes, ContentSeal.ChunkBytes + 1 })
            {
                if (offset >= 0 && offset + count <= length) yield return (offset, count);
            }
        }
    }

    private static async Task<List<byte[]>> RowsAsync(ObjectBench bench, byte table)
    {
        using var snapshot = bench.Services.Engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.OfTable(table));
        var rows = new List<byte[]>();
        while (await cursor.MoveNextAsync()) rows.Add(cursor.Value.ToArray());
        return rows;
    }

    private static async Task<VersionRecord> RecordAsync(IKvReader reader, string key)
    {
        var bucket = (await ObjectEngine.GetBucketAsync(reader, ObjectBench.Bucket, default))!;
        return (await VersionRows.GetCurrentAsync(reader, bucket.Id, System.Text.Encoding.UTF8.GetBytes(key), default))!;
    }

    private static async Task ChangeAsync(ObjectBench bench, string key, Func<VersionRecord, IKvReader, Task> change) =>
        (await bench.Services.Engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var bucket = (await ObjectEngine.GetBucketAsync(transaction, ObjectBench.Bucket, default))!;
            var record = await RecordAsync(transaction, key);
            await change(record, transaction);
            transaction.PutRecord(SchemaKeys.Current(bucket.Id, System.Text.Encoding.UTF8.GetBytes(key)), record);
            return new Done();
        }, default)).IsOk.ShouldBeTrue();
}
