using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>The storage class that a bucket gives: set by the admin API, seen by S3's calls.</summary>
public sealed class AdminStorageClassTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly AdminCaller _admin = new(server);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_bucket_has_a_class_for_objects_whose_writers_name_none()
    {
        var bucket = await server.NewBucketAsync();
        var path = $"buckets/{bucket}/storage-class";
        (await _admin.SendAsync("GET", path)).Text.ShouldBe("""{"storageClass":"STANDARD"}""");
        (await _admin.SendAsync("PUT", path, """{"storageClass": "ONEZONE_IA"}""")).Text.ShouldBe("""{"storageClass":"ONEZONE_IA"}""");
        (await _admin.SendAsync("GET", path)).Text.ShouldBe("""{"storageClass":"ONEZONE_IA"}""");
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "standard", ContentBody = "body", StorageClass = Amazon.S3.S3StorageClass.Standard });
        (await server.Client.GetObjectMetadataAsync(bucket, "k")).StorageClass.Value.ShouldBe("ONEZONE_IA");
        var listed = (await server.Client.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects;
        listed.Select(item => item.StorageClass.Value).ShouldBe(["ONEZONE_IA", "STANDARD"]);
        (await _admin.SendAsync("PUT", path, """{"storageClass": "STANDARD"}""")).Status.ShouldBe(200);
        await server.Client.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        (await server.Client.GetObjectMetadataAsync(bucket, "k")).StorageClass.ShouldBeNull();
    }

    [Theory]
    [InlineData("{}", "400 MalformedDocument")]
    [InlineData("""{"storageClass": 1}""", "400 MalformedDocument")]
    [InlineData("""{"storageClass": "GLACIER"}""", "400 InvalidStorageClass")]
    public async Task What_is_no_class_is_refused(string body, string outcome) =>
        (await _admin.SendAsync("PUT", $"buckets/{await server.NewBucketAsync()}/storage-class", body)).Outcome.ShouldBe(outcome);

    [Fact]
    public async Task A_bucket_that_is_not_there_has_none()
    {
        (await _admin.SendAsync("GET", "buckets/no-such-bucket/storage-class")).Outcome.ShouldBe("404 NoSuchEntity");
        (await _admin.SendAsync("PUT", "buckets/no-such-bucket/storage-class", """{"storageClass": "STANDARD"}""")).Outcome.ShouldBe("404 NoSuchEntity");
    }
}
