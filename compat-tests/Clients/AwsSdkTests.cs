using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

public sealed class AwsSdkTests(RunningServer running) : IClassFixture<RunningServer>
{
    private AmazonS3Client Connect() => new(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
    {
        ServiceURL = running.Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0,
    });

    private async Task<string> CreateBucketAsync(AmazonS3Client s3)
    {
        var bucket = running.NewBucketName("awssdk");
        await s3.PutBucketAsync(bucket);
        return bucket;
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> ReadAsync(GetObjectResponse answer)
    {
        using (answer)
        using (var bytes = new MemoryStream())
        {
            await answer.ResponseStream.CopyToAsync(bytes);
            return bytes.ToArray();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(1024 * 1024)]
    [InlineData(9_999_999)]
    public async Task An_object_comes_back_whole_and_in_ranges(int length)
    {
        using var s3 = Connect();
        var bucket = await CreateBucketAsync(s3);
        var bytes = Bytes(length, seed: length);
        using (var body = new MemoryStream(bytes)) await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "ключ/object", InputStream = body });
        (await ReadAsync(await s3.GetObjectAsync(bucket, "ключ/object"))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        if (length < 3) return;
        var range = new GetObjectRequest { BucketName = bucket, Key = "ключ/object", ByteRange = new ByteRange(length / 3, length / 2) };
        (await ReadAsync(await s3.GetObjectAsync(range))).AsSpan().SequenceEqual(bytes.AsSpan(length / 3, length / 2 - length / 3 + 1)).ShouldBeTrue();
    }

    [Fact]
    public async Task The_transfer_utility_uploads_100_MiB_in_parts_and_a_copy_of_it_is_equal()
    {
        using var s3 = Connect();
        using var transfer = new TransferUtility(s3);
        var bucket = await CreateBucketAsync(s3);
        var bytes = Bytes(100 << 20, seed: 7);
        using (var body = new MemoryStream(bytes)) await transfer.UploadAsync(body, bucket, "big");
        (await s3.GetObjectMetadataAsync(bucket, "big")).ContentLength.ShouldBe(bytes.Length);
        await s3.CopyObjectAsync(bucket, "big", bucket, "copy");
        await s3.DeleteObjectAsync(bucket, "big");
        (await ReadAsync(await s3.GetObjectAsync(bucket, "copy"))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        var gone = await Should.ThrowAsync<AmazonS3Exception>(() => s3.GetObjectAsync(bucket, "big"));
        gone.ErrorCode.ShouldBe("NoSuchKey");
    }

    [Fact]
    public async Task Two_thousand_keys_are_listed_in_pages_and_by_prefix_and_deleted_in_one_call_a_thousand()
    {
        using var s3 = Connect();
        var bucket = await CreateBucketAsync(s3);
        var keys = Enumerable.Range(0, 2000).Select(i => $"{i % 7}/{i:d5}").Order(StringComparer.Ordinal).ToArray();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (key, ct) =>
            await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = key }, ct));
        var found = new List<string>();
        await foreach (var entry in s3.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = bucket, MaxKeys = 300 }).S3Objects) found.Add(entry.Key);
        found.ShouldBe(keys);
        (await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, Delimiter = "/" })).CommonPrefixes.ShouldBe(["0/", "1/", "2/", "3/", "4/", "5/", "6/"]);
        foreach (var thousand in keys.Chunk(1000))
            await s3.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = bucket, Objects = [.. thousand.Select(key => new KeyVersion { Key = key })] });
        (await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket })).KeyCount.ShouldBe(0);
        await s3.DeleteBucketAsync(bucket);
    }

    [Fact]
    public async Task A_presigned_url_puts_and_gets_without_credentials()
    {
        using var s3 = Connect();
        var bucket = await CreateBucketAsync(s3);
        using var http = new HttpClient();
        Task<string> SignAsync(HttpVerb verb) => s3.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = bucket, Key = "a b/ü", Verb = verb, Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP,
        });
        using var put = await http.PutAsync(new Uri(await SignAsync(HttpVerb.PUT)), new ByteArrayContent(Bytes(300_000, 3)));
        put.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetByteArrayAsync(new Uri(await SignAsync(HttpVerb.GET)))).ShouldBe(Bytes(300_000, 3));
    }

    [Fact]
    public async Task One_of_two_conditional_writers_wins()
    {
        using var s3 = Connect();
        var bucket = await CreateBucketAsync(s3);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "lock", ContentBody = $"{i}", IfNoneMatch = "*" });
                return HttpStatusCode.OK;
            }
            catch (AmazonS3Exception e)
            {
                return e.StatusCode;
            }
        }));
        outcomes.Count(status => status == HttpStatusCode.OK).ShouldBe(1);
        outcomes.ShouldAllBe(status => status == HttpStatusCode.OK || status == HttpStatusCode.PreconditionFailed || status == HttpStatusCode.Conflict);
    }
}
