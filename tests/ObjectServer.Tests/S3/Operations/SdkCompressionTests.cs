using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>To the AWS SDK what is compressed is as anything else: sizes, ETags, ranges, parts and checksums are those of what it sent.</summary>
public sealed class SdkCompressionTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const int PartBytes = 5 << 20;

    private AmazonS3Client S3 => server.Client;

    [Fact]
    public async Task An_object_comes_back_whole_and_in_ranges_with_its_own_size()
    {
        var bucket = await NewBucketAsync();
        foreach (var length in new[] { 0, 1, 100_000, 300_001 })
        {
            var body = Texts.Of(length, length);
            var put = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", InputStream = new MemoryStream(body), ContentType = "text/plain" });
            put.ETag.ShouldBe($"\"{Convert.ToHexStringLower(MD5.HashData(body))}\"");
            (await ReadAsync(bucket, "k")).ShouldBe(body);
            var head = await S3.GetObjectMetadataAsync(bucket, "k");
            (head.ContentLength, head.ETag, head.Headers.ContentEncoding).ShouldBe((length, put.ETag, null));
        }
        var whole = Texts.Of(300_001, 300_001);
        foreach (var (start, end) in new[] { (0, 0), (131_071, 131_072), (10, 250_000), (300_000, 300_000) })
            (await ReadAsync(bucket, "k", new ByteRange(start, end))).ShouldBe(whole[start..(end + 1)]);
        (await S3.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects.Single().Size.ShouldBe(300_001);
        (await server.Services.Buckets.GetUsageAsync(bucket, default)).Value.Bytes.ShouldBe(300_001);
        server.Services.Engine.Compression.Contexts.Rented.ShouldBe(0);
        (server.Services.Engine.Compression.StoredBytes * 2).ShouldBeLessThan(server.Services.Engine.Compression.PlainBytes);
    }

    [Fact]
    public async Task An_upload_in_parts_and_slices_of_it_are_in_the_clients_bytes()
    {
        var bucket = await NewBucketAsync();
        var body = Texts.Of(PartBytes + 70_000, 1);
        var upload = await S3.InitiateMultipartUploadAsync(new() { BucketName = bucket, Key = "k", ContentType = "application/json" });
        var parts = new List<PartETag>();
        foreach (var (number, piece) in new[] { (1, body[..PartBytes]), (2, body[PartBytes..]) })
        {
            var part = await S3.UploadPartAsync(new() { BucketName = bucket, Key = "k", UploadId = upload.UploadId, PartNumber = number, InputStream = new MemoryStream(piece) });
            parts.Add(new PartETag(part));
        }
        (await S3.ListPartsAsync(bucket, "k", upload.UploadId)).Parts.Select(part => part.Size).ShouldBe([PartBytes, 70_000]);
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "k", UploadId = upload.UploadId, PartETags = parts });
        (await ReadAsync(bucket, "k")).AsSpan().SequenceEqual(body).ShouldBeTrue();
        (await ReadAsync(bucket, "k", new ByteRange(PartBytes - 5, PartBytes + 5))).ShouldBe(body[(PartBytes - 5)..(PartBytes + 6)]);
        (await S3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = "k", PartNumber = 2 })).ContentLength.ShouldBe(70_000);
        var attributes = await S3.GetObjectAttributesAsync(new() { BucketName = bucket, Key = "k", ObjectAttributes = [ObjectAttributes.ObjectSize, ObjectAttributes.ObjectParts] });
        attributes.ObjectSize.ShouldBe(body.Length);

        var second = await S3.InitiateMultipartUploadAsync(bucket, "slice");
        var copied = await S3.CopyPartAsync(new()
        {
            SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "slice", UploadId = second.UploadId, PartNumber = 1, FirstByte = PartBytes - 100, LastByte = PartBytes + 999,
        });
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "slice", UploadId = second.UploadId, PartETags = [new PartETag(1, copied.ETag)] });
        (await ReadAsync(bucket, "slice")).ShouldBe(body[(PartBytes - 100)..(PartBytes + 1000)]);
        await S3.CopyObjectAsync(bucket, "k", bucket, "copy");
        (await ReadAsync(bucket, "copy")).AsSpan().SequenceEqual(body).ShouldBeTrue();
    }

    [Fact]
    public async Task Select_reads_what_is_compressed()
    {
        var bucket = await NewBucketAsync();
        var rows = string.Join("\n", Enumerable.Range(0, 20_000).Select(i => $"{i},name-{i % 10}"));
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k.csv", ContentBody = rows });
        var answer = await S3.SelectObjectContentAsync(new()
        {
            BucketName = bucket, Key = "k.csv", ExpressionType = ExpressionType.SQL, Expression = "SELECT COUNT(*) FROM S3Object s WHERE s._2 = 'name-3'",
            InputSerialization = new() { CSV = new() }, OutputSerialization = new() { CSV = new() },
        });
        using var text = new MemoryStream();
        foreach (var part in answer.Payload.OfType<RecordsEvent>()) await part.Payload.CopyToAsync(text);
        System.Text.Encoding.UTF8.GetString(text.ToArray()).Trim().ShouldBe("2000");
    }

    [Fact]
    public async Task Damage_breaks_the_answer_and_never_shows()
    {
        var bucket = await NewBucketAsync();
        var body = Texts.Of(3_000_000, 5);
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", InputStream = new MemoryStream(body) });
        var row = (await server.Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket, Key = "k" }, default)).Value;
        using (row)
        {
            var id = SchemaKeys.Content(row.Content);
            (await server.Services.Engine.Transactions.RunAsync<Done>(async transaction =>
            {
                var record = (await transaction.GetRecordAsync(id, ContentRecord.Parser, default))!;
                // As if the last frame were shorter than it is.
                record.Compression.Length -= 1;
                transaction.PutRecord(id, record);
                return new Done();
            }, default)).IsOk.ShouldBeTrue();
        }
        using var answer = await S3.GetObjectAsync(bucket, "k");
        var read = new MemoryStream();
        await Should.ThrowAsync<Exception>(() => answer.ResponseStream.CopyToAsync(read));
        read.ToArray().AsSpan().SequenceEqual(body.AsSpan(0, (int)read.Length)).ShouldBeTrue();
    }

    private async Task<string> NewBucketAsync()
    {
        var bucket = await server.NewBucketAsync();
        (await server.Buckets.SetCompressionAsync(bucket, BucketCompression.Default, default)).IsOk.ShouldBeTrue();
        return bucket;
    }

    private async Task<byte[]> ReadAsync(string bucket, string key, ByteRange? range = null)
    {
        using var answer = await S3.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = key, ByteRange = range });
        using var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
