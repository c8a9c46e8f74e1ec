using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Tags, object lock and versions as the AWS SDK sets them and understands the answers.</summary>
public sealed class SdkLockAndTagTests(SdkServer server) : IClassFixture<SdkServer>
{
    private static readonly DateTime Until = new(2099, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private AmazonS3Client S3 => server.Client;

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

    private async Task<string> LockedBucketAsync(string name)
    {
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = name, ObjectLockEnabledForBucket = true });
        return name;
    }

    private async Task<List<(string Key, string Value)>> TagsAsync(string bucket, string key, string? version = null) =>
        [.. ((await S3.GetObjectTaggingAsync(new() { BucketName = bucket, Key = key, VersionId = version })).Tagging ?? []).Select(tag => (tag.Key, tag.Value))];

    [Fact]
    public async Task Tags_of_objects()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        var first = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "one", TagSet = [new() { Key = "a", Value = "1 + ü" }] });
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "two" });
        (await TagsAsync(bucket, "k")).ShouldBeEmpty();
        (await TagsAsync(bucket, "k", first.VersionId)).ShouldBe([("a", "1 + ü")]);
        using (var got = await S3.GetObjectAsync(new() { BucketName = bucket, Key = "k", VersionId = first.VersionId })) got.TagCount.ShouldBe(1);

        await S3.PutObjectTaggingAsync(new() { BucketName = bucket, Key = "k", Tagging = new() { TagSet = [new() { Key = "b", Value = "2" }, new() { Key = "c", Value = "" }] } });
        (await TagsAsync(bucket, "k")).ShouldBe([("b", "2"), ("c", "")]);
        await S3.CopyObjectAsync(new() { SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "kept" });
        (await TagsAsync(bucket, "kept")).ShouldBe([("b", "2"), ("c", "")]);
        await S3.CopyObjectAsync(new()
        {
            SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "replaced",
            TaggingDirective = TaggingDirective.REPLACE, TagSet = [new() { Key = "d", Value = "4" }],
        });
        (await TagsAsync(bucket, "replaced")).ShouldBe([("d", "4")]);

        (await S3.DeleteObjectTaggingAsync(new() { BucketName = bucket, Key = "k", VersionId = first.VersionId })).HttpStatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await TagsAsync(bucket, "k", first.VersionId)).ShouldBeEmpty();
        (await ErrorOfAsync(() => S3.PutObjectTaggingAsync(new()
        {
            BucketName = bucket, Key = "k", Tagging = new() { TagSet = [.. Enumerable.Range(0, 11).Select(i => new Tag { Key = $"{i}", Value = "" })] },
        }))).ShouldBe("400 InvalidTag");
    }

    [Fact]
    public async Task Tags_of_buckets_and_uploads()
    {
        var bucket = await server.NewBucketAsync();
        (await ErrorOfAsync(() => S3.GetBucketTaggingAsync(new() { BucketName = bucket }))).ShouldBe("404 NoSuchTagSet");
        await S3.PutBucketTaggingAsync(bucket, [new() { Key = "cost", Value = "centre" }]);
        (await S3.GetBucketTaggingAsync(new() { BucketName = bucket })).TagSet.ShouldHaveSingleItem().Value.ShouldBe("centre");
        await S3.DeleteBucketTaggingAsync(bucket);
        (await ErrorOfAsync(() => S3.GetBucketTaggingAsync(new() { BucketName = bucket }))).ShouldBe("404 NoSuchTagSet");

        var upload = await S3.InitiateMultipartUploadAsync(new() { BucketName = bucket, Key = "mp", TagSet = [new() { Key = "a", Value = "1" }] });
        var part = await S3.UploadPartAsync(new() { BucketName = bucket, Key = "mp", UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream([1, 2, 3]) });
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "mp", UploadId = upload.UploadId, PartETags = [new(1, part.ETag)] });
        (await TagsAsync(bucket, "mp")).ShouldBe([("a", "1")]);
    }

    [Fact]
    public async Task Configuration_of_object_lock()
    {
        var bucket = await LockedBucketAsync("sdk-lock-configuration");
        (await S3.GetObjectLockConfigurationAsync(new() { BucketName = bucket })).ObjectLockConfiguration.ObjectLockEnabled.ShouldBe(ObjectLockEnabled.Enabled);
        await S3.PutObjectLockConfigurationAsync(new()
        {
            BucketName = bucket,
            ObjectLockConfiguration = new() { ObjectLockEnabled = ObjectLockEnabled.Enabled, Rule = new() { DefaultRetention = new() { Mode = ObjectLockRetentionMode.Governance, Days = 3 } } },
        });
        var rule = (await S3.GetObjectLockConfigurationAsync(new() { BucketName = bucket })).ObjectLockConfiguration.Rule.DefaultRetention;
        (rule.Mode, rule.Days).ShouldBe((ObjectLockRetentionMode.Governance, 3));
        (await ErrorOfAsync(() => S3.PutBucketVersioningAsync(new() { BucketName = bucket, VersioningConfig = new() { Status = VersionStatus.Suspended } }))).ShouldBe("409 InvalidBucketState");

        var put = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" });
        var found = await S3.GetObjectMetadataAsync(bucket, "k");
        found.ObjectLockMode.ShouldBe(ObjectLockMode.Governance);
        (await ErrorOfAsync(() => S3.DeleteObjectAsync(bucket, "k", put.VersionId))).ShouldBe("403 AccessDenied");
        (await ErrorOfAsync(() => S3.GetObjectLockConfigurationAsync(new() { BucketName = "nowhere" }))).ShouldBe("404 NoSuchBucket");
        (await ErrorOfAsync(async () => await S3.GetObjectLockConfigurationAsync(new() { BucketName = await server.NewBucketAsync() }))).ShouldBe("404 ObjectLockConfigurationNotFoundError");
    }

    [Fact]
    public async Task Retention_and_legal_hold()
    {
        var bucket = await LockedBucketAsync("sdk-lock-retention");
        var put = await S3.PutObjectAsync(new()
        {
            BucketName = bucket, Key = "k", ContentBody = "x", ObjectLockMode = ObjectLockMode.Governance, ObjectLockRetainUntilDate = Until, ObjectLockLegalHoldStatus = ObjectLockLegalHoldStatus.On,
        });
        var retention = (await S3.GetObjectRetentionAsync(new() { BucketName = bucket, Key = "k", VersionId = put.VersionId })).Retention;
        (retention.Mode, retention.RetainUntilDate!.Value.ToUniversalTime()).ShouldBe((ObjectLockRetentionMode.Governance, Until));
        (await S3.GetObjectLegalHoldAsync(new() { BucketName = bucket, Key = "k" })).LegalHold.Status.ShouldBe(ObjectLockLegalHoldStatus.On);
        (await ErrorOfAsync(() => S3.DeleteObjectAsync(new() { BucketName = bucket, Key = "k", VersionId = put.VersionId, BypassGovernanceRetention = true }))).ShouldBe("403 AccessDenied");
        await S3.PutObjectLegalHoldAsync(new() { BucketName = bucket, Key = "k", LegalHold = new() { Status = ObjectLockLegalHoldStatus.Off } });

        var shorter = new ObjectLockRetention { Mode = ObjectLockRetentionMode.Governance, RetainUntilDate = Until.AddDays(-1) };
        (await ErrorOfAsync(() => S3.PutObjectRetentionAsync(new() { BucketName = bucket, Key = "k", Retention = shorter }))).ShouldBe("403 AccessDenied");
        await S3.PutObjectRetentionAsync(new() { BucketName = bucket, Key = "k", Retention = shorter, BypassGovernanceRetention = true });

        var errors = await Should.ThrowAsync<DeleteObjectsException>(() => S3.DeleteObjectsAsync(new() { BucketName = bucket, Objects = [new() { Key = "k", VersionId = put.VersionId }] }));
        errors.Response.DeleteErrors.ShouldHaveSingleItem().Code.ShouldBe("AccessDenied");
        var deleted = await S3.DeleteObjectsAsync(new() { BucketName = bucket, Objects = [new() { Key = "k", VersionId = put.VersionId }], BypassGovernanceRetention = true });
        deleted.DeletedObjects.ShouldHaveSingleItem().VersionId.ShouldBe(put.VersionId);
        await S3.DeleteBucketAsync(bucket);
    }

    [Fact]
    public async Task Locked_copies_and_uploads()
    {
        var bucket = await LockedBucketAsync("sdk-lock-copies");
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" });
        await S3.CopyObjectAsync(new()
        {
            SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "copy",
            ObjectLockMode = ObjectLockMode.Compliance, ObjectLockRetainUntilDate = Until,
        });
        var upload = await S3.InitiateMultipartUploadAsync(new() { BucketName = bucket, Key = "mp", ObjectLockMode = ObjectLockMode.Compliance, ObjectLockRetainUntilDate = Until });
        var part = await S3.UploadPartAsync(new() { BucketName = bucket, Key = "mp", UploadId = upload.UploadId, PartNumber = 1, InputStream = new MemoryStream([1, 2, 3]) });
        await S3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = "mp", UploadId = upload.UploadId, PartETags = [new(1, part.ETag)] });
        foreach (var key in new[] { "copy", "mp" })
        {
            var found = await S3.GetObjectMetadataAsync(bucket, key);
            found.ObjectLockMode.ShouldBe(ObjectLockMode.Compliance);
            (await ErrorOfAsync(() => S3.DeleteObjectAsync(new() { BucketName = bucket, Key = key, VersionId = found.VersionId, BypassGovernanceRetention = true }))).ShouldBe("403 AccessDenied");
        }
        (await S3.GetObjectMetadataAsync(bucket, "k")).ObjectLockMode.ShouldBeNull();
    }

    /// <summary>The null version, as suspended versioning makes, replaces and deletes it.</summary>
    [Fact]
    public async Task Suspended_versioning()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        var kept = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "kept" });
        await S3.PutBucketVersioningAsync(new() { BucketName = bucket, VersioningConfig = new() { Status = VersionStatus.Suspended } });
        foreach (var body in new[] { "one", "two" })
            (await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = body })).VersionId.ShouldBe("null");
        var marker = await S3.DeleteObjectAsync(bucket, "k");
        (marker.DeleteMarker, marker.VersionId).ShouldBe(("true", "null"));
        var listed = (await S3.ListVersionsAsync(bucket)).Versions;
        listed.Select(version => (version.VersionId, version.IsDeleteMarker == true, version.IsLatest == true)).ShouldBe([("null", true, true), (kept.VersionId, false, false)]);
        (await S3.DeleteObjectAsync(bucket, "k", "null")).DeleteMarker.ShouldBe("true");
        (await S3.GetObjectMetadataAsync(bucket, "k")).VersionId.ShouldBe(kept.VersionId);
    }
}
