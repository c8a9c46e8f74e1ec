using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Cosi.Tests.Fixture;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>What a workload may do with the keys of an access, and what not, against the real server.</summary>
[Collection(StoreTests.Name)]
public sealed class ModeTests(StoreFixture store) : IAsyncLifetime
{
    private const string Denied = "AccessDenied";

    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private TestDriver _driver = null!;

    public async Task InitializeAsync()
    {
        _driver = await TestDriver.StartAsync(store);
        await store.Objects.PutBucketAsync(_bucket);
        await store.Objects.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = _bucket, VersioningConfig = new() { Status = VersionStatus.Enabled } });
        foreach (var key in (string[])["team/a", "team-b/x", "other"]) await PutAsync(store.Objects, key);
    }

    public async Task DisposeAsync() => await _driver.DisposeAsync();

    [Fact]
    public async Task Read_only_reads_lists_and_changes_nothing()
    {
        using var s3 = await _driver.ClientAsync(store, _bucket, ("accessMode", "read-only"));
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "other"))).ShouldBe("ok");
        (await CodeAsync(() => s3.GetObjectMetadataAsync(_bucket, "other"))).ShouldBe("ok");
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
        (await CodeAsync(() => s3.ListVersionsAsync(_bucket))).ShouldBe("ok");
        (await CodeAsync(() => s3.GetObjectTaggingAsync(new() { BucketName = _bucket, Key = "other" }))).ShouldBe("ok");
        (await CodeAsync(() => PutAsync(s3, "new"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.DeleteObjectAsync(_bucket, "other"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.CopyObjectAsync(_bucket, "other", _bucket, "copy"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.InitiateMultipartUploadAsync(_bucket, "new"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.PutObjectTaggingAsync(new() { BucketName = _bucket, Key = "other", Tagging = new() { TagSet = [new() { Key = "a", Value = "b" }] } }))).ShouldBe(Denied);
        await NothingOfTheBucketAsync(s3);
    }

    [Fact]
    public async Task Write_only_writes_also_in_parts_and_reads_lists_and_deletes_nothing()
    {
        using var s3 = await _driver.ClientAsync(store, _bucket, ("accessMode", "write-only"));
        (await CodeAsync(() => PutAsync(s3, "new"))).ShouldBe("ok");
        (await CodeAsync(() => UploadInPartsAsync(s3, "parts"))).ShouldBe("ok");
        var upload = (await s3.InitiateMultipartUploadAsync(_bucket, "given up")).UploadId;
        (await CodeAsync(() => s3.ListPartsAsync(_bucket, "given up", upload))).ShouldBe(Denied);
        (await CodeAsync(() => s3.AbortMultipartUploadAsync(_bucket, "given up", upload))).ShouldBe("ok");
        (await CodeAsync(() => s3.ListMultipartUploadsAsync(_bucket))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "new"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetObjectMetadataAsync(_bucket, "new"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe(Denied);
        (await CodeAsync(() => s3.ListVersionsAsync(_bucket))).ShouldBe(Denied);
        (await CodeAsync(() => s3.CopyObjectAsync(_bucket, "other", _bucket, "copy"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetObjectTaggingAsync(new() { BucketName = _bucket, Key = "new" }))).ShouldBe(Denied);
        (await CodeAsync(() => s3.DeleteObjectAsync(_bucket, "new"))).ShouldBe(Denied);
        await NothingOfTheBucketAsync(s3);
    }

    [Fact]
    public async Task Read_write_is_all_of_objects_but_old_versions_ACLs_and_the_bucket_itself()
    {
        using var s3 = await _driver.ClientAsync(store, _bucket);
        (await CodeAsync(() => PutAsync(s3, "new"))).ShouldBe("ok");
        (await CodeAsync(() => UploadInPartsAsync(s3, "parts"))).ShouldBe("ok");
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "new"))).ShouldBe("ok");
        (await CodeAsync(() => s3.CopyObjectAsync(_bucket, "new", _bucket, "copy"))).ShouldBe("ok");
        (await CodeAsync(() => s3.ListMultipartUploadsAsync(_bucket))).ShouldBe("ok");
        (await CodeAsync(() => s3.DeleteObjectAsync(_bucket, "copy"))).ShouldBe("ok");
        (await CodeAsync(() => s3.DeleteObjectAsync(_bucket, "copy", (string?)null))).ShouldBe("ok");
        var version = (await s3.ListVersionsAsync(_bucket, "new")).Versions[0].VersionId;
        (await CodeAsync(() => s3.DeleteObjectAsync(_bucket, "new", version))).ShouldBe(Denied, "what versioning keeps is kept from the workload, too");
        (await CodeAsync(() => s3.PutObjectAclAsync(new() { BucketName = _bucket, Key = "new", ACL = S3CannedACL.PublicRead }))).ShouldBe(Denied);
        await NothingOfTheBucketAsync(s3);
        using var remover = await _driver.ClientAsync(store, _bucket, ("deleteVersions", "true"));
        (await CodeAsync(() => remover.DeleteObjectAsync(_bucket, "new", version))).ShouldBe("ok");
    }

    [Theory]
    [InlineData("read-write")]
    [InlineData("read-only")]
    [InlineData("write-only")]
    public async Task A_prefix_cannot_be_left(string mode)
    {
        using var s3 = await _driver.ClientAsync(store, _bucket, ("accessMode", mode), ("prefix", "team/"), ("deleteVersions", "true"));
        var reads = mode != "write-only" ? "ok" : Denied;
        var writes = mode != "read-only" ? "ok" : Denied;
        (await CodeAsync(() => PutAsync(s3, "team/new"))).ShouldBe(writes);
        (await CodeAsync(() => UploadInPartsAsync(s3, "team/parts"))).ShouldBe(writes);
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "team/a"))).ShouldBe(reads);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket, Prefix = "team/" }))).ShouldBe(reads);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket, Prefix = "team/deep", Delimiter = "/" }))).ShouldBe(reads);
        (await CodeAsync(() => s3.ListVersionsAsync(_bucket, "team/"))).ShouldBe(reads);
        var version = (await store.Objects.ListVersionsAsync(_bucket, "other")).Versions[0].VersionId;
        foreach (var outside in (string[])["other", "team-b/x", "team", "Team/a", "x/team/a", "team*"])
        {
            (await CodeAsync(() => PutAsync(s3, outside))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.GetObjectAsync(_bucket, outside))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.DeleteObjectAsync(_bucket, outside))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.InitiateMultipartUploadAsync(_bucket, outside))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.CopyObjectAsync(_bucket, outside, _bucket, "team/stolen"))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.CopyObjectAsync(_bucket, "team/a", _bucket, outside))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.GetObjectTaggingAsync(new() { BucketName = _bucket, Key = outside }))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.RenameObjectAsync(new() { BucketName = _bucket, Key = "team/stolen", RenameSource = outside }))).ShouldBe(Denied, outside);
            (await CodeAsync(() => s3.RenameObjectAsync(new() { BucketName = _bucket, Key = outside, RenameSource = "team/a" }))).ShouldBe(Denied, outside);
        }
        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "other", version))).ShouldBe(Denied);
        (await CodeAsync(() => s3.DeleteObjectAsync(_bucket, "other", version))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetObjectMetadataAsync(_bucket, "other"))).ShouldBe(Denied);
        foreach (var prefix in (string?[])[null, "", "t", "team", "team-b/", "other"])
        {
            (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket, Prefix = prefix }))).ShouldBe(Denied, prefix);
            (await CodeAsync(() => s3.ListObjectsAsync(new ListObjectsRequest { BucketName = _bucket, Prefix = prefix, Delimiter = "/" }))).ShouldBe(Denied, prefix);
            (await CodeAsync(() => s3.ListVersionsAsync(new ListVersionsRequest { BucketName = _bucket, Prefix = prefix }))).ShouldBe(Denied, prefix);
            (await CodeAsync(() => s3.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = _bucket, Prefix = prefix }))).ShouldBe(Denied, prefix);
        }
        if (mode == "read-write")
        {
            // A batch is decided key by key.
            var batch = await Should.ThrowAsync<DeleteObjectsException>(() => s3.DeleteObjectsAsync(new() { BucketName = _bucket, Objects = [new() { Key = "team/new" }, new() { Key = "other" }] }));
            batch.Response.DeleteErrors.Select(error => (error.Key, error.Code)).ShouldBe([("other", Denied)]);
            var upload = (await s3.InitiateMultipartUploadAsync(_bucket, "team/copied")).UploadId;
            (await CodeAsync(() => s3.CopyPartAsync(new() { SourceBucket = _bucket, SourceKey = "other", DestinationBucket = _bucket, DestinationKey = "team/copied", UploadId = upload, PartNumber = 1 }))).ShouldBe(Denied);
            await s3.AbortMultipartUploadAsync(_bucket, "team/copied", upload);
        }
        (await store.Objects.GetObjectMetadataAsync(_bucket, "other")).VersionId.ShouldBe(version, "nobody changed it");
        await NothingOfTheBucketAsync(s3);
    }

    [Fact]
    public async Task Another_bucket_is_out_of_reach()
    {
        var other = StoreFixture.NewName("bucket-");
        await store.Objects.PutBucketAsync(other);
        using var s3 = await _driver.ClientAsync(store, _bucket);
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = other, Key = "k", ContentBody = "x" }))).ShouldBe(Denied);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = other }))).ShouldBe(Denied);
        (await CodeAsync(() => s3.ListBucketsAsync())).ShouldBe(Denied);
        (await CodeAsync(() => s3.PutBucketAsync(StoreFixture.NewName("bucket-")))).ShouldBe(Denied);
    }

    [Fact]
    public async Task Each_kind_of_mode_gives_its_own_and_what_is_not_asked_for_is_not_given()
    {
        var second = StoreFixture.NewName("bucket-");
        await store.Objects.PutBucketAsync(second);
        await store.Objects.PutObjectAsync(new() { BucketName = second, Key = "k", ContentBody = "x" });
        // Data of one bucket, tags of the other and settings of both.
        var request = Grant2(StoreFixture.NewName("ba-"), (_bucket, ReadWrite, Any, Any), (second, Any, ReadWrite, ReadOnly));
        var granted = await _driver.CallAsync<V2.DriverGrantBucketAccessResponse>(TestDriver.V2 + Grant, request);
        granted.Buckets.Select(bucket => bucket.BucketId).Order().ShouldBe(new[] { _bucket, second }.Order());
        using var s3 = store.NewS3(granted.Credentials.S3.AccessKeyId, granted.Credentials.S3.AccessSecretKey);

        (await CodeAsync(() => s3.GetObjectAsync(_bucket, "other"))).ShouldBe("ok");
        (await CodeAsync(() => PutAsync(s3, "new"))).ShouldBe("ok");
        (await CodeAsync(() => s3.GetObjectTaggingAsync(new() { BucketName = _bucket, Key = "other" }))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetBucketVersioningAsync(_bucket))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetObjectAsync(second, "k"))).ShouldBe(Denied);
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = second, Key = "k", ContentBody = "y" }))).ShouldBe(Denied);
        (await CodeAsync(() => s3.PutObjectTaggingAsync(new() { BucketName = second, Key = "k", Tagging = new() { TagSet = [new() { Key = "a", Value = "b" }] } }))).ShouldBe("ok");
        (await CodeAsync(() => s3.GetObjectTaggingAsync(new() { BucketName = second, Key = "k" }))).ShouldBe("ok");
        (await CodeAsync(() => s3.GetBucketVersioningAsync(second))).ShouldBe("ok");
        (await CodeAsync(() => s3.PutBucketVersioningAsync(new() { BucketName = second, VersioningConfig = new() { Status = VersionStatus.Enabled } }))).ShouldBe(Denied);
    }

    private async Task NothingOfTheBucketAsync(IAmazonS3 s3)
    {
        const string everybody = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}""";
        (await CodeAsync(() => s3.DeleteBucketAsync(_bucket))).ShouldBe(Denied);
        (await CodeAsync(() => s3.PutBucketPolicyAsync(_bucket, everybody))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetBucketPolicyAsync(_bucket))).ShouldBe(Denied);
        (await CodeAsync(() => s3.PutBucketVersioningAsync(new() { BucketName = _bucket, VersioningConfig = new() { Status = VersionStatus.Suspended } }))).ShouldBe(Denied);
        (await CodeAsync(() => s3.PutBucketTaggingAsync(_bucket, [new() { Key = "a", Value = "b" }]))).ShouldBe(Denied);
        (await CodeAsync(() => s3.GetBucketLocationAsync(_bucket))).ShouldBe("ok");
        // Who may lock an object makes it stay for whoever pays for it.
        (await CodeAsync(() => s3.PutObjectAsync(new()
        {
            BucketName = _bucket, Key = "team/locked", ContentBody = "x", ObjectLockMode = ObjectLockMode.Compliance, ObjectLockRetainUntilDate = DateTime.UtcNow.AddYears(10),
        }))).ShouldBe(Denied);
    }

    private Task PutAsync(IAmazonS3 s3, string key) => s3.PutObjectAsync(new() { BucketName = _bucket, Key = key, ContentBody = key });

    private async Task UploadInPartsAsync(IAmazonS3 s3, string key)
    {
        var upload = (await s3.InitiateMultipartUploadAsync(_bucket, key)).UploadId;
        var part = await s3.UploadPartAsync(new() { BucketName = _bucket, Key = key, UploadId = upload, PartNumber = 1, InputStream = new MemoryStream("content"u8.ToArray()) });
        await s3.CompleteMultipartUploadAsync(new() { BucketName = _bucket, Key = key, UploadId = upload, PartETags = [new(1, part.ETag)] });
    }
}
