using System.Security.Cryptography;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class MultipartTests
{
    [Fact]
    public async Task Ten_thousand_parts_become_one_object_and_every_range_of_it_can_be_read()
    {
        var bench = await ObjectBench.CreateAsync();
        var upload = await bench.BeginAsync("k");
        var listed = new List<ListedPart>();
        var whole = new List<byte>();
        for (var number = 1; number <= 10_000; number++)
        {
            var body = ObjectBench.Bytes(1 + (number % 5), number);
            listed.Add(new ListedPart(number, (await bench.UploadAsync(upload, number, body)).ETag));
            whole.AddRange(body);
        }
        var moved = bench.Blobs.BytesRead;
        var completed = (await bench.CompleteAsync(upload, listed)).Value;
        bench.Blobs.BytesRead.ShouldBe(moved, "completing moves no bytes");
        completed.ETag.ShouldBe(ETagOf(listed));
        completed.LengthBytes.ShouldBe(whole.Count);

        using var handle = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "k" }, default)).Value;
        (await ObjectBench.ReadAsync(handle, 0, whole.Count)).ShouldBe(whole);
        foreach (var offset in new[] { 0, 1, 1499, 1500, 1501, 14_999, 29_000 })
            (await ObjectBench.ReadAsync(handle, offset, 700)).ShouldBe(whole.GetRange(offset, 700));
        (await handle.GetPartAsync(7_501, default)).Value.OffsetBytes.ShouldBe(Enumerable.Range(1, 7_500).Sum(n => 1 + (n % 5)));
        (await handle.GetPartAsync(10_001, default)).Fault.ShouldBe(ObjectFault.InvalidPartNumber);
        var page = await handle.ListPartsAsync(9_990, 5, default);
        page.Parts.Select(p => p.PartNumber).ShouldBe([9_991, 9_992, 9_993, 9_994, 9_995]);
        (page.TotalParts, page.NextMarker).ShouldBe((10_000, 9_995));
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Freeing_an_object_of_many_parts_frees_each_blob_once()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutPartsAsync("k", [.. Enumerable.Range(0, 1100).Select(i => ObjectBench.Bytes(3, i))]);
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        bench.Blobs.Deleted.Count.ShouldBe(1100);
        bench.Blobs.Deleted.Distinct().Count().ShouldBe(1100);
    }

    [Fact]
    public async Task A_list_of_parts_that_is_not_right_is_refused_and_the_upload_lives_on()
    {
        var bench = await ObjectBench.CreateAsync(minPartBytes: 20);
        var upload = await bench.BeginAsync("k");
        var big = (await bench.UploadAsync(upload, 1, ObjectBench.Bytes(20, 1))).ETag;
        var small = (await bench.UploadAsync(upload, 2, ObjectBench.Bytes(19, 2))).ETag;
        var last = (await bench.UploadAsync(upload, 3, ObjectBench.Bytes(1, 3))).ETag;
        async Task<ObjectFault> Try(params ListedPart[] parts) => (await bench.CompleteAsync(upload, parts)).Fault;

        (await Try()).ShouldBe(ObjectFault.InvalidPart);
        (await Try(new ListedPart(4, big))).ShouldBe(ObjectFault.InvalidPart);
        (await Try(new ListedPart(1, small))).ShouldBe(ObjectFault.InvalidPart);
        (await Try(new(3, last), new(1, big))).ShouldBe(ObjectFault.InvalidPartOrder);
        (await Try(new(1, big), new(1, big))).ShouldBe(ObjectFault.InvalidPartOrder);
        (await Try(new(1, big), new(2, small), new(3, last))).ShouldBe(ObjectFault.EntityTooSmall);
        await bench.ShouldBeSoundAsync();
        (await Try(new(1, big), new(3, last))).ShouldBe(ObjectFault.None);
        (await Try(new(1, big), new(3, last))).ShouldBe(ObjectFault.None, "a repeat is answered alike");
        await bench.CollectAllAsync();
        bench.Blobs.Stored.Count.ShouldBe(2, "the part that was not listed is freed");
        await bench.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Crc32)]
    [InlineData(ChecksumAlgorithm.Crc32C)]
    [InlineData(ChecksumAlgorithm.Crc64Nvme)]
    internal async Task The_full_object_checksum_of_parts_is_that_of_the_whole(ChecksumAlgorithm algorithm)
    {
        var bench = await ObjectBench.CreateAsync();
        var upload = await bench.BeginAsync("k", algorithm, ChecksumType.FullObject);
        var listed = new List<ListedPart>();
        var whole = new List<byte>();
        foreach (var (number, length) in new[] { (1, 1000), (2, 1000), (5, 1), (9, 777) })
        {
            var body = ObjectBench.Bytes(length, number);
            var part = await bench.UploadAsync(upload, number, body);
            listed.Add(new ListedPart(number, part.ETag, part.Checksum));
            whole.AddRange(body);
        }
        var completed = (await bench.CompleteAsync(upload, listed)).Value;
        var put = (await bench.TryPutAsync("whole", [.. whole], checksum: algorithm)).Value;
        completed.Checksum!.ToString().ShouldBe(put.Checksum!.ToString());
        completed.Checksum.Type.ShouldBe(ChecksumType.FullObject);
    }

    [Fact]
    public async Task The_composite_checksum_of_parts_is_that_of_their_checksums()
    {
        var bench = await ObjectBench.CreateAsync();
        var upload = await bench.BeginAsync("k", ChecksumAlgorithm.Sha256, ChecksumType.Composite);
        var parts = new[] { ObjectBench.Bytes(50, 1), ObjectBench.Bytes(60, 2) };
        var listed = new List<ListedPart>();
        for (var i = 0; i < parts.Length; i++)
        {
            var part = await bench.UploadAsync(upload, i + 1, parts[i]);
            part.Checksum!.Value.ToArray().ShouldBe(SHA256.HashData(parts[i]));
            listed.Add(new ListedPart(i + 1, part.ETag, part.Checksum));
        }
        var expected = Convert.ToBase64String(SHA256.HashData(parts.SelectMany(SHA256.HashData).ToArray())) + "-2";
        (await bench.CompleteAsync(upload, listed)).Value.Checksum!.ToString().ShouldBe(expected);
        (await bench.Services.Multipart.CreateAsync(
            new CreateUploadRequest { Bucket = ObjectBench.Bucket, Key = "k", ChecksumAlgorithm = ChecksumAlgorithm.Sha256, ChecksumType = ChecksumType.FullObject }, default))
            .Fault.ShouldBe(ObjectFault.InvalidChecksumRequest);
    }

    [Fact]
    public async Task A_part_that_is_a_slice_of_another_object_moves_no_bytes_and_outlives_it()
    {
        var bench = await ObjectBench.CreateAsync(maxBlobBytes: 50);
        var source = ObjectBench.Bytes(300, 1);
        await bench.PutAsync("plain", source);
        await bench.PutPartsAsync("parts", source[..120], source[120..]);
        var upload = await bench.BeginAsync("k");
        var listed = new List<ListedPart>();
        foreach (var (number, from, offset) in new[] { (1, "plain", 10), (2, "parts", 100) })
        {
            var copied = await bench.Services.Parts.CopyAsync(
                new UploadPartCopyRequest
                {
                    Bucket = ObjectBench.Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = number,
                    SourceBucket = ObjectBench.Bucket, SourceKey = from, Range = (offset, 100),
                }, default);
            listed.Add(new ListedPart(number, copied.Value.Part.ETag));
        }
        bench.Blobs.BytesRead.ShouldBe(0);
        (await bench.CompleteAsync(upload, listed)).IsOk.ShouldBeTrue();
        await bench.DeleteAsync("plain");
        await bench.DeleteAsync("parts");
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        (await bench.GetAsync("k")).ShouldBe([.. source[10..110], .. source[100..200]]);
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Slices_of_slices_stay_readable_however_deep()
    {
        var bench = await ObjectBench.CreateAsync();
        var body = ObjectBench.Bytes(100, 1);
        await bench.PutAsync("k0", body);
        for (var depth = 1; depth <= 8; depth++)
        {
            var upload = await bench.BeginAsync($"k{depth}");
            var copied = await bench.Services.Parts.CopyAsync(
                new UploadPartCopyRequest
                {
                    Bucket = ObjectBench.Bucket, Key = $"k{depth}", UploadId = upload.UploadId, PartNumber = 1,
                    SourceBucket = ObjectBench.Bucket, SourceKey = $"k{depth - 1}", Range = (1, 100 - depth),
                }, default);
            (await bench.CompleteAsync(upload, [new ListedPart(1, copied.Value.Part.ETag)])).IsOk.ShouldBeTrue();
            await bench.DeleteAsync($"k{depth - 1}");
            await bench.CollectAllAsync();
            (await bench.GetAsync($"k{depth}")).ShouldBe(body[depth..]);
            await bench.ShouldBeSoundAsync();
        }
    }

    [Fact]
    public async Task A_range_outside_of_the_source_is_refused()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("s", ObjectBench.Bytes(100, 1));
        var upload = await bench.BeginAsync("k");
        foreach (var range in new[] { (0L, 101L), (100L, 1L), (101L, 0L) })
        {
            (await bench.Services.Parts.CopyAsync(
                new UploadPartCopyRequest
                {
                    Bucket = ObjectBench.Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = 1,
                    SourceBucket = ObjectBench.Bucket, SourceKey = "s", Range = range,
                }, default)).Fault.ShouldBe(ObjectFault.InvalidRange);
        }
    }

    [Fact]
    public async Task An_aborted_upload_is_gone_and_its_parts_are_freed()
    {
        var bench = await ObjectBench.CreateAsync();
        var upload = await bench.BeginAsync("k");
        for (var number = 1; number <= 450; number++) await bench.UploadAsync(upload, number, ObjectBench.Bytes(2, number));
        (await bench.Services.Multipart.AbortAsync(ObjectBench.Bucket, "k", upload.UploadId, default)).IsOk.ShouldBeTrue();
        (await bench.Services.Multipart.AbortAsync(ObjectBench.Bucket, "k", upload.UploadId, default)).Fault.ShouldBe(ObjectFault.NoSuchUpload);
        (await bench.Services.Parts.UploadAsync(
            new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = "k", UploadId = upload.UploadId, PartNumber = 1 }, new BytesSource([1]), default)).Fault.ShouldBe(ObjectFault.NoSuchUpload);
        await bench.ShouldBeSoundAsync();
        await bench.CollectAllAsync();
        await bench.ShouldBeSoundAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
    }

    [Fact]
    public async Task Uploads_of_a_deleted_bucket_are_freed()
    {
        var bench = await ObjectBench.CreateAsync();
        for (var i = 0; i < 250; i++) await bench.UploadAsync(await bench.BeginAsync($"k{i}"), 1, [1, 2, 3]);
        (await bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        await bench.ShouldBeSoundAsync();
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        bench.Store.Rows.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Conditions_of_complete_are_judged_in_its_transaction()
    {
        var bench = await ObjectBench.CreateAsync();
        var upload = await bench.BeginAsync("k");
        var part = new ListedPart(1, (await bench.UploadAsync(upload, 1, [1])).ETag);
        var put = await bench.PutAsync("k", "there");
        (await bench.CompleteAsync(upload, [part], new WriteConditions(default, ETagList.Star))).Fault.ShouldBe(ObjectFault.PreconditionFailed);
        (await bench.CompleteAsync(upload, [part], new WriteConditions(ETagList.Of(put.ETag), default))).IsOk.ShouldBeTrue();
        (await bench.GetAsync("k")).ShouldBe([1]);
    }

    [Fact]
    public async Task Uploads_and_parts_are_listed_page_by_page()
    {
        var bench = await ObjectBench.CreateAsync();
        var expected = new List<(string, string)>();
        foreach (var key in new[] { "a", "a", "b/1", "b/2", "c" })
        {
            var upload = await bench.BeginAsync(key);
            expected.Add((key, upload.UploadId));
        }
        var seen = new List<(string, string)>();
        UploadPage page;
        string? keyMarker = null, idMarker = null;
        do
        {
            page = (await bench.Services.Uploads.ListUploadsAsync(
                new ListUploadsRequest { Bucket = ObjectBench.Bucket, MaxUploads = 1, KeyMarker = keyMarker, UploadIdMarker = idMarker }, default)).Value;
            seen.AddRange(page.Uploads.Select(u => (u.Key, u.UploadId)));
            (keyMarker, idMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
        while (page.IsTruncated);
        seen.ShouldBe(expected);
        var grouped = (await bench.Services.Uploads.ListUploadsAsync(new ListUploadsRequest { Bucket = ObjectBench.Bucket, Delimiter = "/" }, default)).Value;
        grouped.CommonPrefixes.ShouldBe(["b/"]);
        grouped.Uploads.Count.ShouldBe(3);

        var id = expected[0].Item2;
        foreach (var number in new[] { 2, 5, 9 })
            await bench.Services.Parts.UploadAsync(new UploadPartRequest { Bucket = ObjectBench.Bucket, Key = "a", UploadId = id, PartNumber = number }, new BytesSource([1]), default);
        var parts = (await bench.Services.Uploads.ListPartsAsync(new ListPartsRequest { Bucket = ObjectBench.Bucket, Key = "a", UploadId = id, MaxParts = 2 }, default)).Value;
        parts.Parts.Select(p => p.PartNumber).ShouldBe([2, 5]);
        parts.NextPartNumberMarker.ShouldBe(5);
        parts = (await bench.Services.Uploads.ListPartsAsync(new ListPartsRequest { Bucket = ObjectBench.Bucket, Key = "a", UploadId = id, PartNumberMarker = 5 }, default)).Value;
        parts.Parts.Select(p => p.PartNumber).ShouldBe([9]);
        parts.NextPartNumberMarker.ShouldBeNull();
    }

    private static string ETagOf(List<ListedPart> parts) =>
        Convert.ToHexStringLower(MD5.HashData(parts.SelectMany(p => Convert.FromHexString(p.ETag)).ToArray())) + "-" + parts.Count;
}
