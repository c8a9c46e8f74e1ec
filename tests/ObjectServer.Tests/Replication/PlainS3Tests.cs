using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;

namespace ObjectStore.ObjectServer.Tests.Replication;

/// <summary>Versions sent to an endpoint that gives ids of its own; the second server plays it.</summary>
public sealed class PlainS3Tests : ReplicaServers
{
    private readonly PlainUploads _uploads = new();

    [Fact]
    public async Task Versions_markers_and_tags_arrive_once_and_in_order()
    {
        var one = await PutAsync("k", "one");
        (await SendAsync(one)).ShouldBe(ReplicaOutcome.Done(3));
        (await SendAsync(one)).ShouldBe(ReplicaOutcome.Done(0), "it is there");
        var two = await PutAsync("k", "two!");
        (await SendAsync(two)).ShouldBe(ReplicaOutcome.Done(4));
        (await SendAsync(one)).ShouldBe(ReplicaOutcome.Done(0), "behind the newer one");

        var there = await Target.Client.GetObjectAsync(Bucket, "k");
        there.Headers.ContentType.ShouldBe("text/x-test");
        there.Metadata["m"].ShouldBe("n");
        using (var reader = new StreamReader(there.ResponseStream)) (await reader.ReadToEndAsync()).ShouldBe("two!");
        await Source.Client.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = Bucket, Key = "k", VersionId = one, Tagging = new Tagging { TagSet = [new Tag { Key = "t", Value = "1" }] } });
        (await SendAsync(one, ReplicaParts.Tags)).ShouldBe(ReplicaOutcome.Done(0));
        var versions = (await Target.Client.ListVersionsAsync(Bucket)).Versions;
        versions.Count.ShouldBe(2);
        (await Target.Client.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = Bucket, Key = "k", VersionId = versions[1].VersionId })).Tagging[0].Value.ShouldBe("1");

        var marker = (await Source.Client.DeleteObjectAsync(Bucket, "k")).VersionId;
        (await SendAsync(marker)).Result.ShouldBe(ReplicaResult.Done);
        (await SendAsync(marker)).Result.ShouldBe(ReplicaResult.Done);
        (await SendAsync(two)).ShouldBe(ReplicaOutcome.Done(0), "it is there, below the marker");
        (await Target.Client.ListVersionsAsync(Bucket)).Versions.Count(version => version.IsDeleteMarker == true).ShouldBe(1);
        await Should.ThrowAsync<AmazonS3Exception>(Target.Client.GetObjectAsync(Bucket, "k"));
    }

    [Fact]
    public async Task What_was_copied_back_from_such_an_endpoint_arrives_once_under_its_own_name()
    {
        var put = await Source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "back", ContentBody = "x", Metadata = { ["objectstore-version"] = new string('0', 32), ["m"] = "n" } });
        (await SendAsync(put.VersionId, key: "back")).ShouldBe(ReplicaOutcome.Done(1));
        (await SendAsync(put.VersionId, key: "back")).ShouldBe(ReplicaOutcome.Done(0), "it is there");
        (await Target.Client.ListVersionsAsync(Bucket)).Versions.Count.ShouldBe(1);
        (await Target.Client.GetObjectMetadataAsync(Bucket, "back")).Metadata["objectstore-version"].ShouldBe(put.VersionId);
    }

    [Fact]
    public async Task A_version_is_never_put_above_newer_ones()
    {
        var (one, two) = (await PutAsync("k", "one"), await PutAsync("k", "two"));
        (await SendAsync(two)).Result.ShouldBe(ReplicaResult.Done);
        (await SendAsync(one)).Result.ShouldBe(ReplicaResult.Refused);
        (await Target.Client.ListVersionsAsync(Bucket)).Versions.Count.ShouldBe(1);
        var absent = await PutAsync("other", "x");
        (await SendAsync(absent, ReplicaParts.Tags, "other")).Result.ShouldBe(ReplicaResult.Refused, "it is not there");
    }

    [Fact]
    public async Task Parts_are_gone_on_with_and_locks_come_along()
    {
        var parts = (byte[][])[ObjectBench.Bytes(5 << 20, 1), ObjectBench.Bytes(100, 2)];
        var version = (await PutPartsAsync("parts", parts)).VersionId;
        var id = await Target.Client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = Bucket, Key = "parts" });
        await Target.Client.UploadPartAsync(new Amazon.S3.Model.UploadPartRequest { BucketName = Bucket, Key = "parts", UploadId = id.UploadId, PartNumber = 1, InputStream = new MemoryStream(parts[0]) });
        _uploads.Add("away", Bucket, "parts", version, id.UploadId);
        (await SendAsync(version, key: "parts")).ShouldBe(ReplicaOutcome.Done(100), "only the second part");
        (await Target.Client.GetObjectMetadataAsync(Bucket, "parts")).ETag.ShouldBe((await Source.Client.GetObjectMetadataAsync(Bucket, "parts")).ETag);

        var held = (await Source.Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket, Key = "held", ContentBody = "x", ObjectLockMode = ObjectLockMode.Governance, ObjectLockRetainUntilDate = DateTime.UtcNow.AddDays(1),
        })).VersionId;
        (await SendAsync(held, key: "held")).Result.ShouldBe(ReplicaResult.Done);
        await Source.Client.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest { BucketName = Bucket, Key = "held", LegalHold = new ObjectLockLegalHold { Status = ObjectLockLegalHoldStatus.On } });
        (await SendAsync(held, ReplicaParts.LegalHold, "held")).Result.ShouldBe(ReplicaResult.Done);
        var there = await Target.Client.GetObjectMetadataAsync(Bucket, "held");
        (there.ObjectLockMode, there.ObjectLockLegalHoldStatus).ShouldBe((ObjectLockMode.Governance, ObjectLockLegalHoldStatus.On));
    }

    private async Task<string> PutAsync(string key, string body) => (await Source.Client.PutObjectAsync(
        new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = body, ContentType = "text/x-test", Metadata = { ["m"] = "n" } })).VersionId;

    private async Task<ReplicaOutcome> SendAsync(string versionId, ReplicaParts parts = ReplicaParts.Version, string key = "k")
    {
        VersionId.TryParse(versionId, out var version).ShouldBeTrue();
        var task = (await TaskOfAsync(key, parts, Away())) with { Sequence = version.Sequence, Nonce = version.Nonce };
        var source = (await ReplicaSource.FindAsync(Source.Services.Engine, task, default))!;
        return await new PlainS3Sender(Source.Services, (await Source.Remotes.Clients.FindAsync("away", default))!, Away(), _uploads).SendAsync(source, task, default);
    }
}
