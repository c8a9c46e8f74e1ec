using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>A hard quota of the real binary, killed for real.</summary>
public sealed class QuotaTests
{
    private const long MaxBytes = 3_000_000;

    [Fact]
    public async Task A_quota_is_never_passed_and_its_counts_are_a_recount_after_kill_9_under_load()
    {
        using var data = new TemporaryDirectory();
        var server = await ServerProcess.StartAsync(data.Path);
        var client = new StoreClient(server);
        await client.S3.PutBucketAsync(StoreClient.Bucket);
        await client.S3.PutObjectAsync(new() { BucketName = StoreClient.Bucket, Key = "before", InputStream = new MemoryStream(new byte[100_000]) });
        await AdminAsync(server, $"bucket quota set {StoreClient.Bucket} --max-bytes {MaxBytes}");
        for (var round = 0; round < 2; round++)
        {
            var answered = 0;
            var load = Enumerable.Range(0, 12).Select(i => WriteUntilItBreaksAsync(client.S3, new Random(round * 100 + i), i, () => Interlocked.Increment(ref answered))).ToArray();
            for (var deadline = DateTime.UtcNow.AddMinutes(2); Volatile.Read(ref answered) < 150; await Task.Delay(10)) DateTime.UtcNow.ShouldBeLessThan(deadline, "the load must be one");
            await server.KillAsync();
            await Task.WhenAll(load);
            await server.DisposeAsync();

            server = await ServerProcess.StartAsync(data.Path);
            client.Dispose();
            client = new StoreClient(server);
            var used = (await AdminAsync(server, $"bucket quota show {StoreClient.Bucket}")).GetProperty("usedBytes").GetInt64();
            used.ShouldBe(await RecountAsync(client.S3), $"round {round}");
            used.ShouldBeLessThanOrEqualTo(MaxBytes);
            // It holds on, to the byte.
            (await PutAsync(client.S3, "edge", MaxBytes - used + 1)).ShouldBeFalse();
            (await PutAsync(client.S3, "edge", MaxBytes - used)).ShouldBeTrue();
            (await PutAsync(client.S3, "further", 1)).ShouldBeFalse();
            await client.S3.DeleteObjectAsync(StoreClient.Bucket, "edge");
        }
        client.Dispose();
        await server.DisposeAsync();
    }

    private static async Task WriteUntilItBreaksAsync(IAmazonS3 s3, Random random, int writer, Action answered)
    {
        try
        {
            while (true)
            {
                var key = $"{writer}/{random.Next(6)}";
                if (random.Next(5) == 0) await s3.DeleteObjectAsync(StoreClient.Bucket, key);
                else if (random.Next(4) == 0) await UploadAsync(s3, key, random);
                else await PutAsync(s3, key, random.Next(3) switch { 0 => random.Next(1000), 1 => 50_000, _ => random.Next(200_000) });
                answered();
            }
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The server was killed.
        }
    }

    private static async Task UploadAsync(IAmazonS3 s3, string key, Random random)
    {
        var upload = await s3.InitiateMultipartUploadAsync(StoreClient.Bucket, key);
        PartETag part;
        try
        {
            part = new PartETag(1, (await s3.UploadPartAsync(new()
            {
                BucketName = StoreClient.Bucket, Key = key, UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream(new byte[random.Next(1, 100_000)]),
            })).ETag);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "QuotaExceeded")
        {
            return;
        }
        // Some are left unfinished.
        if (random.Next(3) == 0) return;
        if (random.Next(3) == 0) await s3.AbortMultipartUploadAsync(StoreClient.Bucket, key, upload.UploadId);
        else await s3.CompleteMultipartUploadAsync(new() { BucketName = StoreClient.Bucket, Key = key, UploadId = upload.UploadId, PartETags = [part] });
    }

    private static async Task<bool> PutAsync(IAmazonS3 s3, string key, long length)
    {
        try
        {
            await s3.PutObjectAsync(new() { BucketName = StoreClient.Bucket, Key = key, InputStream = new MemoryStream(new byte[length]) });
            return true;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "QuotaExceeded")
        {
            return false;
        }
    }

    private static async Task<long> RecountAsync(IAmazonS3 s3)
    {
        var sum = 0L;
        await foreach (var version in s3.Paginators.ListVersions(new() { BucketName = StoreClient.Bucket }).Versions) sum += version.Size ?? 0;
        await foreach (var upload in s3.Paginators.ListMultipartUploads(new() { BucketName = StoreClient.Bucket }).Uploads)
        {
            await foreach (var part in s3.Paginators.ListParts(new() { BucketName = StoreClient.Bucket, Key = upload.Key, UploadId = upload.UploadId }).Parts) sum += part.Size ?? 0;
        }
        return sum;
    }

    private static async Task<JsonElement> AdminAsync(ServerProcess server, string commandLine)
    {
        var environment = new Dictionary<string, string>
        {
            ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(),
            ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey,
            ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
        };
        return JsonElement.Parse((await ServerProcess.RunToEndAsync(["admin", .. commandLine.Split(' '), "--json"], environment)).Succeeded());
    }
}
