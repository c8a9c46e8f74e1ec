using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Replication;

/// <summary>Rules of replication over the SDK, and what they do between buckets of one store.</summary>
public sealed class BucketReplicationTests(SdkServer server) : IClassFixture<SdkServer>
{
    private const string Root = "arn:aws:iam::000000000000:root";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly AmazonS3Client _client = server.Client;

    private static ReplicationRule Rule(string destination, int priority = 1, string prefix = "") => new()
    {
        Id = $"rule-{priority}",
        Priority = priority,
        Status = ReplicationRuleStatus.Enabled,
        Filter = new ReplicationRuleFilter { Prefix = prefix },
        DeleteMarkerReplication = new DeleteMarkerReplication { Status = DeleteMarkerReplicationStatus.Enabled },
        Destination = new ReplicationDestination { BucketArn = "arn:aws:s3:::" + destination },
    };

    private Task PutAsync(string bucket, params ReplicationRule[] rules) => PutAsync(bucket, Root, rules);

    private Task PutAsync(string bucket, string role, params ReplicationRule[] rules) => _client.PutBucketReplicationAsync(new PutBucketReplicationRequest
    {
        BucketName = bucket,
        Configuration = new ReplicationConfiguration { Role = role, Rules = [.. rules] },
    });

    private async Task<string> RefusedAsync(string bucket, params ReplicationRule[] rules)
    {
        var refused = await Should.ThrowAsync<AmazonS3Exception>(() => PutAsync(bucket, rules));
        return refused.ErrorCode;
    }

    private async Task<string?> StatusAsync(string bucket, string key, string? versionId = null) =>
        (await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = key, VersionId = versionId })).ReplicationStatus?.Value;

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await isSo())
        {
            limit.IsCancellationRequested.ShouldBeFalse("it did not become so");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Rules_come_back_as_they_were_set_and_go_with_a_delete()
    {
        var (source, target) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        var rule = Rule(target, 7);
        rule.Filter = new ReplicationRuleFilter { And = new ReplicationRuleAndOperator { Prefix = "a/", Tags = [new Tag { Key = "k", Value = "v" }] } };
        rule.DeleteMarkerReplication.Status = DeleteMarkerReplicationStatus.Disabled;
        rule.Destination.StorageClass = S3StorageClass.StandardInfrequentAccess;
        rule.SourceSelectionCriteria = new SourceSelectionCriteria { ReplicaModifications = new ReplicaModifications { Status = ReplicaModificationsStatus.Enabled } };
        rule.Destination.Metrics = new Metrics { Status = MetricsStatus.Enabled, EventThreshold = new ReplicationTimeValue { Minutes = 15 } };
        rule.Destination.ReplicationTime = new ReplicationTime { Status = ReplicationTimeStatus.Enabled, Time = new ReplicationTimeValue { Minutes = 15 } };
        await PutAsync(source, rule, Rule(target, 3, "b/"));

        var found = (await _client.GetBucketReplicationAsync(new GetBucketReplicationRequest { BucketName = source })).Configuration;
        found.Role.ShouldBe(Root);
        found.Rules.Select(known => (known.Id, known.Priority, known.Destination.BucketArn)).ShouldBe([("rule-7", 7, "arn:aws:s3:::" + target), ("rule-3", 3, "arn:aws:s3:::" + target)]);
        found.Rules[0].Filter.And.Prefix.ShouldBe("a/");
        found.Rules[0].Filter.And.Tags.ShouldHaveSingleItem().Value.ShouldBe("v");
        found.Rules[0].Destination.StorageClass.ShouldBe(S3StorageClass.StandardInfrequentAccess);
        found.Rules[0].Destination.ReplicationTime.Time.Minutes.ShouldBe(15);
        found.Rules[0].SourceSelectionCriteria.ReplicaModifications.Status.ShouldBe(ReplicaModificationsStatus.Enabled);
        found.Rules[1].Filter.Prefix.ShouldBe("b/");

        (await _client.DeleteBucketReplicationAsync(new DeleteBucketReplicationRequest { BucketName = source })).HttpStatusCode.ShouldBe(HttpStatusCode.NoContent);
        // The SDK makes nothing of 404 ReplicationConfigurationNotFoundError.
        ((await _client.GetBucketReplicationAsync(new GetBucketReplicationRequest { BucketName = source })).Configuration?.Rules ?? []).ShouldBeEmpty();
    }

    [Fact]
    public async Task Rules_that_S3_refuses_are_refused_with_its_codes()
    {
        var (source, target) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        var plain = await server.NewBucketAsync();
        (await RefusedAsync(plain, Rule(target))).ShouldBe("InvalidRequest", "the source keeps no versions");
        (await RefusedAsync(source, Rule(plain))).ShouldBe("InvalidRequest", "the destination keeps no versions");
        (await RefusedAsync(source, Rule("no-such-bucket"))).ShouldBe("InvalidRequest");
        (await RefusedAsync(source, Rule(source))).ShouldBe("InvalidRequest", "onto itself");
        (await RefusedAsync(source, Rule(target), Rule(target))).ShouldBe("InvalidArgument", "ids");
        var twice = Rule(target, 1, "a/");
        twice.Id = "another";
        (await RefusedAsync(source, Rule(target), twice)).ShouldBe("InvalidRequest", "priorities");
        var tagged = Rule(target);
        tagged.Filter = new ReplicationRuleFilter { Tag = new Tag { Key = "k", Value = "v" } };
        (await RefusedAsync(source, tagged)).ShouldBe("InvalidRequest", "delete markers have no tags");
        var keyed = Rule(target);
        keyed.SourceSelectionCriteria = new SourceSelectionCriteria { SseKmsEncryptedObjects = new SseKmsEncryptedObjects { SseKmsEncryptedObjectsStatus = SseKmsEncryptedObjectsStatus.Enabled } };
        (await RefusedAsync(source, keyed)).ShouldBe("InvalidRequest", "no key for replicas");
        var unmarked = Rule(target);
        unmarked.DeleteMarkerReplication = null;
        (await RefusedAsync(source, unmarked)).ShouldBe("InvalidRequest");
        var arn = Rule(target);
        arn.Destination.BucketArn = target;
        (await RefusedAsync(source, arn)).ShouldBe("InvalidArgument");
        var elsewhere = Rule(target);
        elsewhere.Destination.AccountId = "111122223333";
        (await RefusedAsync(source, elsewhere)).ShouldBe("InvalidRequest", "another owner than was named");
        var away = Rule(target);
        away.Destination.BucketArn = "arn:objectstore:s3:nowhere::b";
        (await RefusedAsync(source, away)).ShouldBe("InvalidRequest");
        var noRole = await Should.ThrowAsync<AmazonS3Exception>(() => PutAsync(source, "arn:aws:iam::000000000000:role/none", Rule(target)));
        noRole.ErrorCode.ShouldBe("InvalidArgument");
        var versioning = new PutBucketVersioningRequest { BucketName = source, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Suspended } };
        await PutAsync(source, Rule(target));
        (await Should.ThrowAsync<AmazonS3Exception>(() => _client.PutBucketVersioningAsync(versioning))).ErrorCode.ShouldBe("InvalidBucketState");
    }

    [Fact]
    public async Task What_is_written_appears_in_the_other_bucket_under_its_version_id()
    {
        var (source, target) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        await PutAsync(source, Rule(target));
        var first = await _client.PutObjectAsync(new PutObjectRequest { BucketName = source, Key = "k", ContentBody = "first", TagSet = [new Tag { Key = "a", Value = "b" }] });
        var second = await _client.PutObjectAsync(new PutObjectRequest { BucketName = source, Key = "k", ContentBody = "second" });
        var deleted = await _client.DeleteObjectAsync(source, "k");
        await UntilAsync(async () => (await _client.ListVersionsAsync(target)).Versions?.Count == 3);
        var versions = (await _client.ListVersionsAsync(target)).Versions;
        versions.Select(version => version.VersionId).ShouldBe([deleted.VersionId, second.VersionId, first.VersionId]);
        (await StatusAsync(target, "k", first.VersionId)).ShouldBe("REPLICA");
        await UntilAsync(async () => await StatusAsync(source, "k", first.VersionId) == "COMPLETED");
        using var body = await _client.GetObjectAsync(new GetObjectRequest { BucketName = target, Key = "k", VersionId = first.VersionId });
        (await new StreamReader(body.ResponseStream).ReadToEndAsync()).ShouldBe("first");
        await UntilAsync(async () => (await _client.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = target, Key = "k", VersionId = first.VersionId })).Tagging.Count == 1);
    }

    [Fact]
    public async Task Two_buckets_that_replicate_to_one_another_come_to_the_same_and_to_rest()
    {
        var (one, other) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        static ReplicationRule Both(string destination)
        {
            var rule = Rule(destination);
            rule.SourceSelectionCriteria = new SourceSelectionCriteria { ReplicaModifications = new ReplicaModifications { Status = ReplicaModificationsStatus.Enabled } };
            return rule;
        }
        await PutAsync(one, Both(other));
        await PutAsync(other, Both(one));
        var writers = Enumerable.Range(0, 40).Select(async i =>
        {
            var (here, there) = i % 2 == 0 ? (one, other) : (other, one);
            var put = await _client.PutObjectAsync(new PutObjectRequest { BucketName = here, Key = $"k{i % 5}", ContentBody = $"{i}" });
            // Tags on both sides of a version that is on its way.
            await TagAsync(here, $"k{i % 5}", put.VersionId, $"{i}-here");
            await UntilAsync(async () => (await _client.ListVersionsAsync(there, $"k{i % 5}")).Versions?.Any(version => version.VersionId == put.VersionId) == true);
            await Task.WhenAll(TagAsync(there, $"k{i % 5}", put.VersionId, $"{i}-there"), TagAsync(here, $"k{i % 5}", put.VersionId, $"{i}-again"));
        });
        await Task.WhenAll(writers);
        await UntilAsync(async () => await PendingAsync(one) + await PendingAsync(other) == 0);
        var left = (await _client.ListVersionsAsync(one)).Versions;
        var right = (await _client.ListVersionsAsync(other)).Versions;
        left.Select(version => (version.Key, version.VersionId, version.ETag, version.IsLatest)).ShouldBe(right.Select(version => (version.Key, version.VersionId, version.ETag, version.IsLatest)));
        left.Count.ShouldBe(40);
        foreach (var version in left)
        {
            var here = (await _client.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = one, Key = version.Key, VersionId = version.VersionId })).Tagging;
            var there = (await _client.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = other, Key = version.Key, VersionId = version.VersionId })).Tagging;
            here.Single().Value.ShouldBe(there.Single().Value);
        }

        Task TagAsync(string bucket, string key, string versionId, string value) => _client.PutObjectTaggingAsync(
            new PutObjectTaggingRequest { BucketName = bucket, Key = key, VersionId = versionId, Tagging = new Tagging { TagSet = [new Tag { Key = "t", Value = value }] } });
    }

    [Fact]
    public async Task A_change_of_a_replica_that_has_failed_is_tried_again_when_it_is_asked_for()
    {
        var (one, other) = (await server.NewBucketAsync(versioned: true), await server.NewBucketAsync(versioned: true));
        await PutAsync(one, Rule(other));
        var back = Rule(one);
        back.SourceSelectionCriteria = new SourceSelectionCriteria { ReplicaModifications = new ReplicaModifications { Status = ReplicaModificationsStatus.Enabled } };
        await PutAsync(other, back);
        var put = await _client.PutObjectAsync(new PutObjectRequest { BucketName = one, Key = "k", ContentBody = "x" });
        await UntilAsync(async () => (await _client.ListVersionsAsync(other)).Versions?.Count == 1 && await PendingAsync(one) == 0);

        // What was deleted for good does not come back because of a tag.
        await _client.DeleteObjectAsync(one, "k", put.VersionId);
        await _client.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = other, Key = "k", Tagging = new Tagging { TagSet = [new Tag { Key = "t", Value = "v" }] } });
        await UntilAsync(async () => await StatusAsync(other, "k") == "FAILED");
        var refused = (await server.Replication.Service.GetStatusAsync(other, default)).Value.Destinations.Single().Numbers.Refused;
        (await server.Replication.Service.SyncAsync(other, new ObjectStore.Server.Replication.SyncRequest(FailedOnly: true), default)).IsOk.ShouldBeTrue();
        await UntilAsync(async () => (await server.Replication.Service.GetStatusAsync(other, default)).Value.Destinations.Single().Numbers.Refused > refused && await PendingAsync(other) == 0);
        ((await _client.ListVersionsAsync(one)).Versions ?? []).ShouldBeEmpty();
    }

    private async Task<long> PendingAsync(string bucket) =>
        (await server.Replication.Service.GetStatusAsync(bucket, default)).Value.Destinations.Sum(destination => destination.Numbers.Backlog);
}
