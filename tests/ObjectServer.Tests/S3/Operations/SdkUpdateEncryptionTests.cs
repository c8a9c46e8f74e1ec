using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>UpdateObjectEncryption as the AWS SDK asks for it.</summary>
public sealed class SdkUpdateEncryptionTests : IAsyncLifetime
{
    private const string SecondArn = "arn:aws:kms:us-east-1:123456789012:key/second";
    private readonly TestKeys _keys = new();
    private readonly SdkServer _server;

    public SdkUpdateEncryptionTests() => _server = new SdkServer { KeyManager = _keys };

    private AmazonS3Client S3 => _server.Client;

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Another_key_opens_the_version_then_and_all_else_of_it_stays()
    {
        var bucket = await _server.NewBucketAsync(versioned: true);
        var body = Body(200_000);
        var put = await S3.PutObjectAsync(new()
        {
            BucketName = bucket, Key = "k", InputStream = new MemoryStream(body), ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256, ContentType = "text/x-test",
            TagSet = [new() { Key = "a", Value = "1" }], ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
        });
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "newer", ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256 });
        var before = await HeadAsync(bucket, "k", put.VersionId);

        await UpdateAsync(bucket, "k", SecondArn, put.VersionId, bucketKey: true);

        var after = await HeadAsync(bucket, "k", put.VersionId);
        (after.ServerSideEncryptionMethod, after.ServerSideEncryptionKeyManagementServiceKeyId, after.BucketKeyEnabled).ShouldBe((ServerSideEncryptionMethod.AWSKMS, "second", true));
        (after.ETag, after.LastModified, after.ContentLength, after.Headers.ContentType).ShouldBe((before.ETag, before.LastModified, before.ContentLength, before.Headers.ContentType));
        after.ChecksumSHA256.ShouldBe(before.ChecksumSHA256);
        (await S3.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "k", VersionId = put.VersionId })).Tagging.ShouldHaveSingleItem().Value.ShouldBe("1");
        _keys.Forget("first");
        (await ReadAsync(bucket, "k", put.VersionId)).ShouldBe(body);
        (await ErrorOfAsync(() => ReadAsync(bucket, "k"))).ShouldBe("400 KMS.InvalidStateException");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_copy_that_shares_the_bytes_keeps_its_own_key(int length)
    {
        var bucket = await _server.NewBucketAsync();
        var body = Body(length);
        await PutKmsAsync(bucket, "k", body);
        await S3.CopyObjectAsync(new()
        {
            SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "copy",
            ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS, ServerSideEncryptionKeyManagementServiceKeyId = "first",
        });
        await UpdateAsync(bucket, "k", "second");
        (await ReadAsync(bucket, "copy")).ShouldBe(body);
        (await HeadAsync(bucket, "copy")).ServerSideEncryptionKeyManagementServiceKeyId.ShouldBe("first");
        await S3.DeleteObjectAsync(bucket, "copy");
        _keys.Forget("first");
        (await ReadAsync(bucket, "k")).ShouldBe(body);
    }

    [Fact]
    public async Task Every_part_of_a_multipart_object_opens_under_the_other_key()
    {
        var bucket = await _server.NewBucketAsync();
        var body = Body((5 << 20) + 1000);
        var upload = await S3.InitiateMultipartUploadAsync(new() { BucketName = bucket, Key = "k", ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS });
        var etags = new List<PartETag>();
        foreach (var (number, bytes) in new[] { (1, body[..(5 << 20)]), (2, body[(5 << 20)..]) })
        {
            var part = await S3.UploadPartAsync(new() { BucketName = bucket, Key = "k", UploadId = upload.UploadId, PartNumber = number, InputStream = new MemoryStream(bytes) });
            etags.Add(new PartETag(number, part.ETag));
        }
        var completed = await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "k", UploadId = upload.UploadId, PartETags = etags });
        await UpdateAsync(bucket, "k", "second");
        _keys.Forget("first");
        (await ReadAsync(bucket, "k")).ShouldBe(body);
        (await HeadAsync(bucket, "k")).ETag.ShouldBe(completed.ETag);
    }

    [Fact]
    public async Task What_is_under_no_key_of_the_store_or_locked_or_not_there_is_refused()
    {
        var bucket = await _server.NewBucketAsync(versioned: true);
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "plain", ContentBody = "x" });
        (await ErrorOfAsync(() => UpdateAsync(bucket, "plain", "second"))).ShouldBe("400 InvalidRequest");
        await S3.PutObjectAsync(new()
        {
            BucketName = bucket, Key = "customer", ContentBody = "x", ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256,
            ServerSideEncryptionCustomerProvidedKey = Convert.ToBase64String(new byte[32]),
        });
        (await ErrorOfAsync(() => UpdateAsync(bucket, "customer", "second"))).ShouldBe("400 InvalidRequest");
        await PutKmsAsync(bucket, "k", [1]);
        (await ErrorOfAsync(() => UpdateAsync(bucket, "k", "third"))).ShouldBe("400 KMS.NotFoundException");
        (await ErrorOfAsync(() => UpdateAsync(bucket, "none", "second"))).ShouldBe("404 NoSuchKey");
        (await ErrorOfAsync(() => UpdateAsync("no-such-bucket", "k", "second"))).ShouldBe("404 NoSuchBucket");
        var marker = await S3.DeleteObjectAsync(bucket, "k");
        (await ErrorOfAsync(() => UpdateAsync(bucket, "k", "second", marker.VersionId))).ShouldBe("405 MethodNotAllowed");
    }

    [Fact]
    public async Task A_lock_is_in_the_way_until_it_is_gone()
    {
        const string bucket = "locked";
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = true });
        await PutKmsAsync(bucket, "k", [1]);
        await HoldAsync(ObjectLockLegalHoldStatus.On);
        (await ErrorOfAsync(() => UpdateAsync(bucket, "k", "second"))).ShouldBe("403 AccessDenied");
        (await HeadAsync(bucket, "k")).ServerSideEncryptionKeyManagementServiceKeyId.ShouldBe("first");
        await HoldAsync(ObjectLockLegalHoldStatus.Off);
        await UpdateAsync(bucket, "k", "second");
        var head = await HeadAsync(bucket, "k");
        (head.ServerSideEncryptionKeyManagementServiceKeyId, head.ObjectLockLegalHoldStatus).ShouldBe(("second", ObjectLockLegalHoldStatus.Off));

        Task HoldAsync(ObjectLockLegalHoldStatus status) => S3.PutObjectLegalHoldAsync(new() { BucketName = bucket, Key = "k", LegalHold = new() { Status = status } });
    }

    [Fact]
    public async Task A_change_that_comes_between_is_kept()
    {
        var bucket = await _server.NewBucketAsync();
        await PutKmsAsync(bucket, "k", [1, 2, 3]);
        _keys.BeforeWrap = async () =>
        {
            _keys.BeforeWrap = null;
            await S3.PutObjectTaggingAsync(new() { BucketName = bucket, Key = "k", Tagging = new() { TagSet = [new() { Key = "a", Value = "1" }] } });
        };
        await UpdateAsync(bucket, "k", "second");
        _keys.BeforeWrap.ShouldBeNull();
        (await S3.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "k" })).Tagging.ShouldHaveSingleItem();
        (await HeadAsync(bucket, "k")).ServerSideEncryptionKeyManagementServiceKeyId.ShouldBe("second");
        _keys.BeforeWrap = async () =>
        {
            _keys.BeforeWrap = null;
            await PutKmsAsync(bucket, "k", [4, 5]);
        };
        await UpdateAsync(bucket, "k", "second");
        _keys.Forget("first");
        (await ReadAsync(bucket, "k")).ShouldBe([4, 5]);
    }

    [Fact]
    public async Task Without_an_answer_of_the_key_manager_nothing_is_changed()
    {
        var bucket = await _server.NewBucketAsync();
        await PutKmsAsync(bucket, "k", [1, 2, 3]);
        _keys.IsDown = true;
        (await ErrorOfAsync(() => UpdateAsync(bucket, "k", "second"))).ShouldBe("503 ServiceUnavailable");
        _keys.IsDown = false;
        _keys.Forget("second");
        (await ReadAsync(bucket, "k")).ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData("<SSE-S3/>", "400 InvalidRequest")]
    [InlineData("", "400 InvalidRequest")]
    [InlineData("<SSE-KMS/>", "400 InvalidRequest")]
    [InlineData("<SSE-KMS><KMSKeyArn>second</KMSKeyArn><BucketKeyEnabled>maybe</BucketKeyEnabled></SSE-KMS>", "400 InvalidRequest")]
    [InlineData("<SSE-KMS><KMSKeyArn>second</KMSKeyArn></SSE-KMS><SSE-S3/>", "400 MalformedXML")]
    [InlineData("<SSE-KMS><Other/></SSE-KMS>", "400 MalformedXML")]
    [InlineData("<SSE-KMS><KMSKeyArn>second</KMSKeyArn></SSE-KMS>", "200")]
    public async Task Only_a_named_key_of_kms_can_be_asked_for(string document, string outcome)
    {
        await using var s3 = await OperationHarness.OpenAsync();
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/bucket/k", "hello", ("x-amz-server-side-encryption", "AES256"));
        var body = $"<ObjectEncryption>{document}</ObjectEncryption>";
        (await s3.SendAsync("PUT", "/bucket/k?encryption", body)).Outcome.ShouldBe("400 InvalidRequest");
        var md5 = Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(body)));
        (await s3.SendAsync("PUT", "/bucket/k?encryption", body, ("Content-MD5", md5))).Outcome.ShouldBe(outcome);
        (await s3.SendAsync("GET", "/bucket/k")).Text.ShouldBe("hello");
    }

    private static byte[] Body(int length) => ObjectBench.Bytes(length, length);

    private Task PutKmsAsync(string bucket, string key, byte[] body) =>
        S3.PutObjectAsync(new() { BucketName = bucket, Key = key, InputStream = new MemoryStream(body), ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS });

    private Task UpdateAsync(string bucket, string key, string keyArn, string? versionId = null, bool bucketKey = false) => S3.UpdateObjectEncryptionAsync(new()
    {
        BucketName = bucket, Key = key, VersionId = versionId, ObjectEncryption = new() { SSEKMS = new() { KMSKeyArn = keyArn, BucketKeyEnabled = bucketKey } },
    });

    private Task<GetObjectMetadataResponse> HeadAsync(string bucket, string key, string? versionId = null) =>
        S3.GetObjectMetadataAsync(new() { BucketName = bucket, Key = key, VersionId = versionId, ChecksumMode = ChecksumMode.ENABLED });

    private async Task<byte[]> ReadAsync(string bucket, string key, string? versionId = null)
    {
        using var got = await S3.GetObjectAsync(new() { BucketName = bucket, Key = key, VersionId = versionId });
        using var bytes = new MemoryStream();
        await got.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "none";
        }
        catch (AmazonS3Exception e)
        {
            return $"{(int)e.StatusCode} {e.ErrorCode}";
        }
    }
}
