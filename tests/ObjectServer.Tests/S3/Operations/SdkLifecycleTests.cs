using Amazon.S3;
using Amazon.S3.Model;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Lifecycle and storage classes as the AWS SDK speaks them.</summary>
public sealed class SdkLifecycleTests(SdkServer server) : IClassFixture<SdkServer>
{
    private AmazonS3Client S3 => server.Client;

    [Fact]
    public async Task A_configuration_of_every_kind_of_rule_comes_back()
    {
        var bucket = await server.NewBucketAsync(versioned: true);
        LifecycleRule[] rules =
        [
            new()
            {
                Id = "logs", Status = LifecycleRuleStatus.Enabled, Filter = new() { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "logs/" } },
                Expiration = new() { Days = 90 }, Transitions = [new() { Days = 30, StorageClass = S3StorageClass.StandardInfrequentAccess }],
                AbortIncompleteMultipartUpload = new() { DaysAfterInitiation = 7 },
            },
            new()
            {
                Id = "old", Status = LifecycleRuleStatus.Disabled,
                Filter = new()
                {
                    LifecycleFilterPredicate = new LifecycleAndOperator
                    {
                        Operands = [new LifecyclePrefixPredicate { Prefix = "a" }, new LifecycleTagPredicate { Tag = new() { Key = "k", Value = "v" } }, new LifecycleObjectSizeGreaterThanPredicate { ObjectSizeGreaterThan = 5 }],
                    },
                },
                NoncurrentVersionExpiration = new() { NoncurrentDays = 9, NewerNoncurrentVersions = 3 },
                NoncurrentVersionTransitions = [new() { NoncurrentDays = 2, StorageClass = S3StorageClass.OneZoneInfrequentAccess }],
            },
        ];
        await S3.PutLifecycleConfigurationAsync(new() { BucketName = bucket, Configuration = new() { Rules = [.. rules] } });
        var back = (await S3.GetLifecycleConfigurationAsync(bucket)).Configuration.Rules;
        back.Select(rule => rule.Id).ShouldBe(["logs", "old"]);
        (back[0].Expiration.Days, back[0].Transitions[0].Days, back[0].Transitions[0].StorageClass.Value, back[0].AbortIncompleteMultipartUpload.DaysAfterInitiation).ShouldBe((90, 30, "STANDARD_IA", 7));
        ((LifecycleAndOperator)back[1].Filter.LifecycleFilterPredicate).Operands.Count.ShouldBe(3);
        (back[1].NoncurrentVersionExpiration.NoncurrentDays, back[1].NoncurrentVersionExpiration.NewerNoncurrentVersions).ShouldBe((9, 3));
        back[1].NoncurrentVersionTransitions[0].StorageClass.Value.ShouldBe("ONEZONE_IA");
        await S3.DeleteLifecycleConfigurationAsync(bucket);
        // The SDK answers 404 NoSuchLifecycleConfiguration with an empty configuration.
        ((await S3.GetLifecycleConfigurationAsync(bucket)).Configuration?.Rules ?? []).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_put_tells_when_and_why_the_object_will_expire()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutLifecycleConfigurationAsync(new()
        {
            BucketName = bucket,
            Configuration = new() { Rules = [new() { Id = "all", Status = LifecycleRuleStatus.Enabled, Filter = new(), Expiration = new() { Days = 2 } }] },
        });
        var put = await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body" });
        put.Expiration.RuleId.ShouldBe("all");
        var expiry = ((DateTime?)put.Expiration.ExpiryDate)!.Value.ToUniversalTime();
        expiry.TimeOfDay.ShouldBe(TimeSpan.Zero);
        (expiry - DateTime.UtcNow).TotalDays.ShouldBeInRange(1.9, 3.1);
        (await S3.GetObjectMetadataAsync(bucket, "k")).Expiration.RuleId.ShouldBe("all");
    }

    [Fact]
    public async Task A_class_is_told_by_every_call_and_an_unknown_one_refused()
    {
        var bucket = await server.NewBucketAsync();
        await S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "body", StorageClass = S3StorageClass.ReducedRedundancy });
        (await S3.GetObjectMetadataAsync(bucket, "k")).StorageClass.ShouldBe(S3StorageClass.ReducedRedundancy);
        (await S3.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects.Single().StorageClass.ShouldBe(S3StorageClass.ReducedRedundancy);
        await S3.CopyObjectAsync(new() { SourceBucket = bucket, SourceKey = "k", DestinationBucket = bucket, DestinationKey = "k", StorageClass = S3StorageClass.Standard });
        (await S3.GetObjectMetadataAsync(bucket, "k")).StorageClass.ShouldBeNull();
        var upload = await S3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = "parts", StorageClass = S3StorageClass.StandardInfrequentAccess });
        (await S3.ListPartsAsync(bucket, "parts", upload.UploadId)).StorageClass.ShouldBe(S3StorageClass.StandardInfrequentAccess);
        (await ErrorOfAsync(() => S3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "", StorageClass = S3StorageClass.DeepArchive }))).ShouldBe("400 InvalidStorageClass");
        (await ErrorOfAsync(() => S3.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = "k", StorageClass = S3StorageClass.Glacier }))).ShouldBe("400 InvalidStorageClass");
        (await ErrorOfAsync(() => S3.PutLifecycleConfigurationAsync(new()
        {
            BucketName = bucket,
            Configuration = new() { Rules = [new() { Id = "all", Status = LifecycleRuleStatus.Enabled, Filter = new(), Transitions = [new() { Days = 2, StorageClass = S3StorageClass.Glacier }] }] },
        }))).ShouldBe("400 InvalidStorageClass");
    }

    private static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        var error = await Should.ThrowAsync<AmazonS3Exception>(call);
        return $"{(int)error.StatusCode} {error.ErrorCode}";
    }
}
