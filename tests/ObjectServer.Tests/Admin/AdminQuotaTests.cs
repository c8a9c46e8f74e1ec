using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Background;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>Hard quotas over the wire: set by the admin API, met by S3's calls.</summary>
public sealed class AdminQuotaTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly AdminCaller _admin = new(server);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_quota_is_set_shown_and_removed()
    {
        var bucket = await server.NewBucketAsync();
        var path = $"buckets/{bucket}/quota";
        (await _admin.SendAsync("GET", path)).Outcome.ShouldBe("404 NoSuchEntity");
        (await _admin.SendAsync("DELETE", path)).Outcome.ShouldBe("204", "there is none, as is wanted");
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "before", ContentBody = "12345" });

        var set = await _admin.SendAsync("PUT", path, """{"maxBytes": 1000}""");
        (set.Status, set.Text).ShouldBe((200, """{"maxBytes":1000,"usedBytes":5,"usedObjects":1}"""));
        (await _admin.SendAsync("PUT", path, """{"maxObjects": 3}""")).Text.ShouldBe("""{"maxObjects":3,"usedBytes":5,"usedObjects":1}""", "a bound that is not named is none");
        (await _admin.SendAsync("GET", path)).Text.ShouldBe("""{"maxObjects":3,"usedBytes":5,"usedObjects":1}""");
        (await _admin.SendAsync("GET", "buckets/" + bucket)).Json.GetProperty("quota").GetProperty("maxObjects").GetInt64().ShouldBe(3);
        (await _admin.SendAsync("GET", "buckets?prefix=" + bucket)).Json.GetProperty("buckets")[0].GetProperty("quota").GetProperty("usedObjects").GetInt64().ShouldBe(1);
        (await _admin.SendAsync("DELETE", path)).Outcome.ShouldBe("204");
        (await _admin.SendAsync("GET", path)).Outcome.ShouldBe("404 NoSuchEntity");
        (await _admin.SendAsync("PUT", "buckets/no-such-bucket/quota", """{"maxBytes": 1}""")).Outcome.ShouldBe("404 NoSuchEntity");
    }

    [Theory]
    [InlineData("{}", "400 ValidationError")]
    [InlineData("""{"maxBytes": 0}""", "400 ValidationError")]
    [InlineData("""{"maxBytes": 1, "maxObjects": -1}""", "400 ValidationError")]
    [InlineData("""{"maxBytes": "10GiB"}""", "400 MalformedDocument")]
    [InlineData("""{"maxBytes": 9223372036854775808}""", "400 MalformedDocument")]
    [InlineData("""{"maxBytes": 1, "hard": true}""", "400 MalformedDocument")]
    public async Task What_is_no_quota_is_refused(string body, string outcome) =>
        (await _admin.SendAsync("PUT", $"buckets/{await server.NewBucketAsync()}/quota", body)).Outcome.ShouldBe(outcome);

    [Fact]
    public async Task Every_call_that_writes_meets_the_quota_with_one_error_and_deletes_do_not()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        var s3 = server.Client;
        await s3.PutObjectAsync(new() { BucketName = bucket, Key = "a", ContentBody = "1234567890" });
        var upload = await s3.InitiateMultipartUploadAsync(bucket, "b");
        (await _admin.SendAsync("PUT", $"buckets/{bucket}/quota", """{"maxBytes": 19}""")).Status.ShouldBe(200);

        await ShouldExceedAsync(() => s3.PutObjectAsync(new() { BucketName = bucket, Key = "a", ContentBody = "1234567890" }));
        await ShouldExceedAsync(() => s3.CopyObjectAsync(new CopyObjectRequest { SourceBucket = bucket, SourceKey = "a", DestinationBucket = bucket, DestinationKey = "c" }));
        await ShouldExceedAsync(() => s3.CopyObjectAsync(new CopyObjectRequest
        {
            SourceBucket = bucket, SourceKey = "a", DestinationBucket = bucket, DestinationKey = "a", MetadataDirective = S3MetadataDirective.REPLACE,
        }));
        await ShouldExceedAsync(() => s3.UploadPartAsync(new() { BucketName = bucket, Key = "b", UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream(new byte[10]) }));
        await ShouldExceedAsync(() => s3.CopyPartAsync(new() { SourceBucket = bucket, SourceKey = "a", DestinationBucket = bucket, DestinationKey = "b", UploadId = upload.UploadId, PartNumber = 1 }));
        var part = await s3.UploadPartAsync(new() { BucketName = bucket, Key = "b", UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream(new byte[9]) });
        await ShouldExceedAsync(() => s3.PutObjectAsync(new() { BucketName = bucket, Key = "x", ContentBody = "1" }));
        var complete = new CompleteMultipartUploadRequest { BucketName = bucket, Key = "b", UploadId = upload.UploadId, PartETags = [new PartETag(1, part.ETag)] };
        (await s3.CompleteMultipartUploadAsync(complete)).Key.ShouldBe("b", "its bytes are counted already");

        (await s3.DeleteObjectAsync(bucket, "b")).DeleteMarker.ShouldBe("true");
        var deleted = await s3.DeleteObjectsAsync(new() { BucketName = bucket, Objects = [new KeyVersion { Key = "a" }, new KeyVersion { Key = "never-there" }] });
        deleted.DeletedObjects.Count.ShouldBe(2);
        (await _admin.SendAsync("GET", $"buckets/{bucket}/quota"))["usedBytes"].ShouldBe("19");
        foreach (var version in (await s3.ListVersionsAsync(bucket)).Versions) await s3.DeleteObjectAsync(bucket, version.Key, version.VersionId);
        (await _admin.SendAsync("GET", $"buckets/{bucket}/quota"))["usedBytes"].ShouldBe("0");
        await s3.PutObjectAsync(new() { BucketName = bucket, Key = "a", ContentBody = "1234567890123456789" });
    }

    [Fact]
    public async Task A_client_that_waits_to_be_told_to_send_is_refused_instead()
    {
        var bucket = await server.NewBucketAsync();
        (await _admin.SendAsync("PUT", $"buckets/{bucket}/quota", """{"maxBytes": 999}""")).Status.ShouldBe(200);
        var link = new Uri(await server.Client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = bucket, Key = "a", Verb = HttpVerb.PUT, Expires = DateTime.UtcNow.AddMinutes(5), Protocol = Protocol.HTTP,
        }));
        async Task<string> FirstLineAsync(int length)
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(link.Host, link.Port);
            var stream = tcp.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"PUT {link.PathAndQuery} HTTP/1.1\r\nHost: {link.Authority}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"));
            using var reader = new StreamReader(stream);
            return (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)))!;
        }

        (await FirstLineAsync(1000)).ShouldBe("HTTP/1.1 403 Forbidden");
        (await FirstLineAsync(999)).ShouldBe("HTTP/1.1 100 Continue");
    }

    [Fact]
    public async Task Metrics_tell_quotas_and_what_is_used_of_them()
    {
        var bench = await ObjectBench.CreateAsync();
        var quotas = bench.Services.Buckets.Quotas;
        (await quotas.SetAsync(ObjectBench.Bucket, new BucketQuota(1000, null), default)).IsOk.ShouldBeTrue();
        await bench.PutAsync("a", "12345");
        await bench.CreateBucketAsync("without");
        var census = new QuotaCensus(quotas, bench.Time);
        await census.LookAsync(default);
        var output = new ArrayBufferWriter<byte>();
        new QuotaMetrics(census).Write(new MetricsText(output));
        var text = Encoding.UTF8.GetString(output.WrittenSpan);
        text.ShouldContain("objectstore_bucket_quota_bytes{bucket=\"bucket\"} 1000\n");
        text.ShouldContain("objectstore_bucket_quota_used_bytes{bucket=\"bucket\"} 5\n");
        text.ShouldContain("objectstore_bucket_quota_used_objects{bucket=\"bucket\"} 1\n");
        text.ShouldNotContain("objectstore_bucket_quota_objects{bucket=", customMessage: "there is no such bound");
        text.ShouldNotContain("without");
    }

    private static async Task ShouldExceedAsync(Func<Task> call)
    {
        var refused = await Should.ThrowAsync<AmazonS3Exception>(call);
        ((int)refused.StatusCode, refused.ErrorCode).ShouldBe((403, "QuotaExceeded"));
    }
}
