using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using static ObjectStore.Server.Tests.Tiers.TierBench;

namespace ObjectStore.Server.Tests.Tiers;

/// <summary>What is compressed goes to another server as it is stored, and comes back as what it was.</summary>
public sealed class TierCompressionTests : IAsyncLifetime
{
    private readonly TierBench _bench = new();

    private AmazonS3Client S3 => _bench.S3;

    public Task InitializeAsync() => _bench.InitializeAsync();

    public Task DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compressed_bytes_go_and_come_as_they_are_and_are_read_through_in_ranges(bool isSealed)
    {
        const int partBytes = 5 << 20;
        await _bench.AddTierAsync("--read-through");
        var bucket = await _bench.NewBucketAsync();
        (await _bench.Server.Buckets.SetCompressionAsync(bucket, BucketCompression.Default, default)).IsOk.ShouldBeTrue();
        var method = isSealed ? ServerSideEncryptionMethod.AES256 : null;
        var body = Texts.Of(700_000, 1);
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", InputStream = new MemoryStream(body), ServerSideEncryptionMethod = method });
        var whole = Texts.Of(partBytes + 100_000, 2);
        var upload = await S3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = "parts", ServerSideEncryptionMethod = method });
        var first = await S3.UploadPartAsync(new() { BucketName = bucket, Key = "parts", UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream(whole[..partBytes]) });
        // A slice, which cannot be sent as it is stored.
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "source", InputStream = new MemoryStream([.. Texts.Of(1000, 3), .. whole[partBytes..]]), ServerSideEncryptionMethod = method });
        var second = await S3.CopyPartAsync(new()
        {
            SourceBucket = bucket, SourceKey = "source", DestinationBucket = bucket, DestinationKey = "parts", UploadId = upload.UploadId, PartNumber = 2, FirstByte = 1000, LastByte = 100_999,
        });
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "parts", UploadId = upload.UploadId, PartETags = [new PartETag(first), new PartETag(2, second.ETag)] });
        await S3.DeleteObjectAsync(bucket, "source");
        await _bench.PassDaysAsync();

        var there = 0L;
        foreach (var key in await _bench.KeysThereAsync()) there += (await _bench.BytesThereAsync(key)).Length;
        there.ShouldBeLessThan((body.Length + whole.Length) / 2);
        foreach (var (key, bytes) in new[] { ("k", body), ("parts", whole) })
        {
            (await S3.GetObjectMetadataAsync(bucket, key)).ContentLength.ShouldBe(bytes.Length);
            (await _bench.GetAsync(bucket, key)).AsSpan().SequenceEqual(bytes).ShouldBeTrue(key);
            foreach (var at in new[] { 0, 65_530, bytes.Length - 100_010, bytes.Length - 20 })
                (await _bench.GetAsync(bucket, key, get => get.ByteRange = new ByteRange(at, at + 19))).ShouldBe(bytes[at..(at + 20)], $"{key} at {at}");
            await _bench.RestoreAsync(bucket, key, 3);
        }
        await _bench.SettleAsync();
        (await _bench.GetAsync(bucket, "k")).AsSpan().SequenceEqual(body).ShouldBeTrue();
        (await _bench.GetAsync(bucket, "parts")).AsSpan().SequenceEqual(whole).ShouldBeTrue();
    }
}
