using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;
using ObjectStore.Server.Replication;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.ObjectServer.Tests.Replication;

/// <summary>Versions of one server are sent to another of its kind.</summary>
public sealed class ReplicaWireTests : ReplicaServers
{
    [Fact]
    public async Task A_version_arrives_with_its_id_its_time_its_ETag_and_all_that_is_kept_with_it()
    {
        var put = await Source.Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket, Key = "a/ü b", ContentBody = "hello", ContentType = "text/x-hello", TagSet = [new Tag { Key = "t", Value = "v ä" }],
            Metadata = { ["m"] = "n" }, ObjectLockMode = ObjectLockMode.Compliance, ObjectLockRetainUntilDate = DateTime.UtcNow.AddDays(1), ObjectLockLegalHoldStatus = ObjectLockLegalHoldStatus.On,
        });
        (await SendAsync("a/ü b")).ShouldBe(ReplicaOutcome.Done(5));
        (await SendAsync("a/ü b")).ShouldBe(ReplicaOutcome.Done(0), "it is there");

        var (there, here) = (await Target.Client.GetObjectAsync(Bucket, "a/ü b"), await Source.Client.GetObjectAsync(Bucket, "a/ü b"));
        there.VersionId.ShouldBe(put.VersionId);
        there.ETag.ShouldBe(put.ETag);
        there.LastModified.ShouldBe(here.LastModified);
        there.Headers.ContentType.ShouldBe("text/x-hello");
        there.Metadata["m"].ShouldBe("n");
        there.ObjectLockMode.ShouldBe(ObjectLockMode.Compliance);
        there.ObjectLockRetainUntilDate.ShouldBe(here.ObjectLockRetainUntilDate);
        there.ObjectLockLegalHoldStatus.ShouldBe(ObjectLockLegalHoldStatus.On);
        (await Target.Client.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = Bucket, Key = "a/ü b" })).Tagging[0].Value.ShouldBe("v ä");
        using var reader = new StreamReader(there.ResponseStream);
        (await reader.ReadToEndAsync()).ShouldBe("hello");
        await ShouldAgreeAsync();
    }

    [Fact]
    public async Task Parts_stay_parts_and_those_that_are_there_are_not_sent_again()
    {
        var parts = (byte[][])[ObjectBench.Bytes(5 << 20, 1), ObjectBench.Bytes(5 << 20, 2), ObjectBench.Bytes(1000, 3)];
        var written = await PutPartsAsync("parts", parts);
        var source = (await FindAsync("parts"))!;
        var (document, _) = source.Describe(Away(), Source.Services.Engine.Classes, withAcl: false);
        var target = new RemoteReplicaTarget((await Source.Remotes.Clients.FindAsync("away", default))!, Bucket);

        // The first attempt ends behind its second part.
        var begun = (await target.BeginAsync("parts", document!, default)).Value!;
        begun.State.ShouldBe(ReplicaState.Wanted);
        using (var handle = (await source.OpenAsync(Source.Services.Reader, default)).Value!)
        {
            foreach (var number in (int[])[1, 3]) (await target.PutPartAsync("parts", begun.UploadId!, (await handle.GetPartAsync(number, default)).Value, handle, default)).Refusal.ShouldBeNull();
        }
        (await SendAsync("parts")).ShouldBe(ReplicaOutcome.Done(5 << 20), "only the second part");

        var there = await Target.Client.GetObjectAttributesAsync(new GetObjectAttributesRequest { BucketName = Bucket, Key = "parts", ObjectAttributes = [ObjectAttributes.ObjectParts, ObjectAttributes.ETag] });
        there.ETag.ShouldBe(written.ETag.Trim('"'));
        there.ObjectParts.TotalPartsCount.ShouldBe(3);
        using var second = await Target.Client.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = "parts", PartNumber = 2 });
        using var bytes = new MemoryStream();
        await second.ResponseStream.CopyToAsync(bytes);
        bytes.ToArray().ShouldBe(parts[1]);
        await ShouldAgreeAsync();
        (await Target.Client.ListMultipartUploadsAsync(Bucket)).MultipartUploads.ShouldBeNull();
    }

    [Fact]
    public async Task Markers_tags_and_annotations_follow()
    {
        await Source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "one" });
        var version = (await FindAsync("k"))!.Record;
        (await SendAsync("k")).Result.ShouldBe(ReplicaResult.Done);
        await new ReplicaStoreOf(Source.Services, Bucket).MarkAsync("k", VersionId.NameOf(version));
        await Source.Client.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = Bucket, Key = "k", Tagging = new Tagging { TagSet = [new Tag { Key = "new", Value = "tag" }] } });
        var note = new AnnotationTarget { Bucket = Bucket, Key = "k", Name = "note" };
        (await Source.Services.Annotations.PutAsync(note, new BytesSource(Annotations.Text(20_000, 1)), default)).IsOk.ShouldBeTrue();
        (await SendAsync("k", ReplicaParts.Tags | ReplicaParts.Annotations)).Result.ShouldBe(ReplicaResult.Done);
        await ShouldAgreeAsync();

        (await Source.Services.Annotations.DeleteAsync(note, default)).IsOk.ShouldBeTrue();
        (await SendAsync("k", ReplicaParts.Annotations)).Result.ShouldBe(ReplicaResult.Done);
        (await Target.Services.Annotations.OpenAsync(note, default)).Fault.ShouldBe(ObjectFault.NoSuchAnnotation);

        await Source.Client.DeleteObjectAsync(Bucket, "k");
        (await SendAsync("k")).Result.ShouldBe(ReplicaResult.Done);
        (await Should.ThrowAsync<AmazonS3Exception>(Target.Client.GetObjectAsync(Bucket, "k"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await ShouldAgreeAsync();
    }

    [Theory]
    [InlineData("AES256")]
    [InlineData("aws:kms")]
    public async Task What_is_encrypted_here_is_encrypted_there(string method)
    {
        await Source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "s", ContentBody = new string('x', 100_000), ServerSideEncryptionMethod = ServerSideEncryptionMethod.FindValue(method) });
        if (method == "aws:kms") (await SendAsync("s")).Result.ShouldBe(ReplicaResult.Refused, "the rule names no key");
        var sent = await SendAsync("s", destination: Away() with { ReplicaKeyId = method == "aws:kms" ? "first" : null });
        sent.Result.ShouldBe(ReplicaResult.Done, sent.Reason);
        var there = await Target.Client.GetObjectAsync(Bucket, "s");
        there.ServerSideEncryptionMethod.Value.ShouldBe(method);
        using var reader = new StreamReader(there.ResponseStream);
        (await reader.ReadToEndAsync()).ShouldBe(new string('x', 100_000));
        await ShouldAgreeAsync();
    }

    [Fact]
    public async Task What_a_writer_alone_can_open_is_refused()
    {
        await Source.Services.Writer.PutAsync(
            new PutRequest { Bucket = Bucket, Key = "c", OwnerId = "owner", Encryption = Annotations.Sealing(EncryptionMethod.CustomerKey, new CustomerKey(new byte[32])) }, new BytesSource([1, 2]), default);
        var refused = await SendAsync("c");
        refused.Result.ShouldBe(ReplicaResult.Refused);
        refused.Reason!.ShouldContain("SSE-C");
    }

    [Fact]
    public async Task Without_the_right_or_the_bucket_a_version_waits_and_says_why()
    {
        await Source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "one" });
        await AddRemoteAsync("nobody", "access-key", "another-secret-key");
        (await SendAsync("k", destination: Away() with { Remote = "nobody" })).Result.ShouldBe(ReplicaResult.Unavailable);
        var absent = await SendAsync("k", destination: Away() with { Bucket = "not-there" });
        absent.Result.ShouldBe(ReplicaResult.Unavailable);
        absent.Reason!.ShouldContain("NoSuchBucket");
        (await SendAsync("k", destination: Away() with { Remote = "unknown" })).Reason.ShouldBe("There is no remote unknown.");
        (await Sender.ProbeAsync(Away() with { Bucket = "not-there" }, default, default)).State.ShouldBe(DestinationState.NotFound);
        (await Sender.ProbeAsync(Away() with { Remote = "nobody" }, default, default)).State.ShouldBe(DestinationState.Denied);
        (await Sender.ProbeAsync(Away(), new SourceTraits(ObjectLock: true), default)).State.ShouldBe(DestinationState.Ready);
        var plain = await Target.NewBucketAsync(versioned: true);
        (await Sender.ProbeAsync(Away() with { Bucket = plain }, new SourceTraits(ObjectLock: true), default)).State.ShouldBe(DestinationState.NoObjectLock);
        (await Sender.ProbeAsync(Away() with { Bucket = await Target.NewBucketAsync() }, default, default)).State.ShouldBe(DestinationState.NotVersioned);
    }

    [Fact]
    public async Task A_long_body_is_not_sent_where_the_version_is_or_is_not_wanted()
    {
        await Source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "long", InputStream = new MemoryStream(ObjectBench.Bytes(3 << 20, 1)) });
        (await SendAsync("long")).ShouldBe(ReplicaOutcome.Done(3 << 20));
        (await SendAsync("long")).ShouldBe(ReplicaOutcome.Done(0));
        var unversioned = await Target.NewBucketAsync();
        var refused = await SendAsync("long", destination: Away() with { Bucket = unversioned });
        refused.Result.ShouldBe(ReplicaResult.Unavailable);
        refused.Reason!.ShouldContain("InvalidBucketState");
        await ShouldAgreeAsync();
    }
}
