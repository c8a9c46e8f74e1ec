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

/// <summary>Two servers over loopback: versions of the first are sent to the second as to a remote.</summary>
public sealed class ReplicaWireTests : IAsyncLifetime
{
    private const string Bucket = "replicated";

    private readonly SdkServer _source = new() { KeyManager = new TestKeys() };
    private readonly SdkServer _target = new() { KeyManager = new TestKeys() };
    private ReplicaSender _sender = null!;

    public async Task InitializeAsync()
    {
        await _source.InitializeAsync();
        await _target.InitializeAsync();
        foreach (var server in (SdkServer[])[_source, _target])
        {
            await server.Client.PutBucketAsync(new PutBucketRequest { BucketName = Bucket, ObjectLockEnabledForBucket = true });
        }
        await AddRemoteAsync("away", "access-key", "secret-key-of-the-tests");
        _sender = new ReplicaSender(_source.Services, new RemoteTargets(_source.Remotes));
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task A_version_arrives_with_its_id_its_time_its_ETag_and_all_that_is_kept_with_it()
    {
        var put = await _source.Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket, Key = "a/ü b", ContentBody = "hello", ContentType = "text/x-hello", TagSet = [new Tag { Key = "t", Value = "v ä" }],
            Metadata = { ["m"] = "n" }, ObjectLockMode = ObjectLockMode.Compliance, ObjectLockRetainUntilDate = DateTime.UtcNow.AddDays(1), ObjectLockLegalHoldStatus = ObjectLockLegalHoldStatus.On,
        });
        (await SendAsync("a/ü b")).ShouldBe(ReplicaOutcome.Done(5));
        (await SendAsync("a/ü b")).ShouldBe(ReplicaOutcome.Done(0), "it is there");

        var (there, here) = (await _target.Client.GetObjectAsync(Bucket, "a/ü b"), await _source.Client.GetObjectAsync(Bucket, "a/ü b"));
        there.VersionId.ShouldBe(put.VersionId);
        there.ETag.ShouldBe(put.ETag);
        there.LastModified.ShouldBe(here.LastModified);
        there.Headers.ContentType.ShouldBe("text/x-hello");
        there.Metadata["m"].ShouldBe("n");
        there.ObjectLockMode.ShouldBe(ObjectLockMode.Compliance);
        there.ObjectLockRetainUntilDate.ShouldBe(here.ObjectLockRetainUntilDate);
        there.ObjectLockLegalHoldStatus.ShouldBe(ObjectLockLegalHoldStatus.On);
        (await _target.Client.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = Bucket, Key = "a/ü b" })).Tagging[0].Value.ShouldBe("v ä");
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
        var (document, _) = source.Describe(Away(), withAcl: false);
        var target = new RemoteReplicaTarget((await _source.Remotes.Clients.FindAsync("away", default))!, Bucket);

        // The first attempt ends behind its second part.
        var begun = (await target.BeginAsync("parts", document!, default)).Value!;
        begun.State.ShouldBe(ReplicaState.Wanted);
        using (var handle = (await source.OpenAsync(_source.Services.Reader, default)).Value!)
        {
            foreach (var number in (int[])[1, 3]) (await target.PutPartAsync("parts", begun.UploadId!, (await handle.GetPartAsync(number, default)).Value, handle, default)).Refusal.ShouldBeNull();
        }
        (await SendAsync("parts")).ShouldBe(ReplicaOutcome.Done(5 << 20), "only the second part");

        var there = await _target.Client.GetObjectAttributesAsync(new GetObjectAttributesRequest { BucketName = Bucket, Key = "parts", ObjectAttributes = [ObjectAttributes.ObjectParts, ObjectAttributes.ETag] });
        there.ETag.ShouldBe(written.ETag.Trim('"'));
        there.ObjectParts.TotalPartsCount.ShouldBe(3);
        using var second = await _target.Client.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = "parts", PartNumber = 2 });
        using var bytes = new MemoryStream();
        await second.ResponseStream.CopyToAsync(bytes);
        bytes.ToArray().ShouldBe(parts[1]);
        await ShouldAgreeAsync();
        (await _target.Client.ListMultipartUploadsAsync(Bucket)).MultipartUploads.ShouldBeNull();
    }

    [Fact]
    public async Task Markers_tags_and_annotations_follow()
    {
        await _source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "one" });
        var version = (await FindAsync("k"))!.Record;
        (await SendAsync("k")).Result.ShouldBe(ReplicaResult.Done);
        await new ReplicaStoreOf(_source.Services, Bucket).MarkAsync("k", VersionId.NameOf(version));
        await _source.Client.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = Bucket, Key = "k", Tagging = new Tagging { TagSet = [new Tag { Key = "new", Value = "tag" }] } });
        var note = new AnnotationTarget { Bucket = Bucket, Key = "k", Name = "note" };
        (await _source.Services.Annotations.PutAsync(note, new BytesSource(Annotations.Text(20_000, 1)), default)).IsOk.ShouldBeTrue();
        (await SendAsync("k", ReplicaParts.Tags | ReplicaParts.Annotations)).Result.ShouldBe(ReplicaResult.Done);
        await ShouldAgreeAsync();

        (await _source.Services.Annotations.DeleteAsync(note, default)).IsOk.ShouldBeTrue();
        (await SendAsync("k", ReplicaParts.Annotations)).Result.ShouldBe(ReplicaResult.Done);
        (await _target.Services.Annotations.OpenAsync(note, default)).Fault.ShouldBe(ObjectFault.NoSuchAnnotation);

        await _source.Client.DeleteObjectAsync(Bucket, "k");
        (await SendAsync("k")).Result.ShouldBe(ReplicaResult.Done);
        (await Should.ThrowAsync<AmazonS3Exception>(_target.Client.GetObjectAsync(Bucket, "k"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await ShouldAgreeAsync();
    }

    [Theory]
    [InlineData("AES256")]
    [InlineData("aws:kms")]
    public async Task What_is_encrypted_here_is_encrypted_there(string method)
    {
        await _source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "s", ContentBody = new string('x', 100_000), ServerSideEncryptionMethod = ServerSideEncryptionMethod.FindValue(method) });
        if (method == "aws:kms") (await SendAsync("s")).Result.ShouldBe(ReplicaResult.Refused, "the rule names no key");
        var sent = await SendAsync("s", destination: Away() with { ReplicaKeyId = method == "aws:kms" ? "first" : null });
        sent.Result.ShouldBe(ReplicaResult.Done, sent.Reason);
        var there = await _target.Client.GetObjectAsync(Bucket, "s");
        there.ServerSideEncryptionMethod.Value.ShouldBe(method);
        using var reader = new StreamReader(there.ResponseStream);
        (await reader.ReadToEndAsync()).ShouldBe(new string('x', 100_000));
        await ShouldAgreeAsync();
    }

    [Fact]
    public async Task What_a_writer_alone_can_open_is_refused()
    {
        await _source.Services.Writer.PutAsync(
            new PutRequest { Bucket = Bucket, Key = "c", OwnerId = "owner", Encryption = Annotations.Sealing(EncryptionMethod.CustomerKey, new CustomerKey(new byte[32])) }, new BytesSource([1, 2]), default);
        var refused = await SendAsync("c");
        refused.Result.ShouldBe(ReplicaResult.Refused);
        refused.Reason!.ShouldContain("SSE-C");
    }

    [Fact]
    public async Task Without_the_right_or_the_bucket_a_version_waits_and_says_why()
    {
        await _source.Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = "k", ContentBody = "one" });
        await AddRemoteAsync("nobody", "access-key", "another-secret-key");
        (await SendAsync("k", destination: Away() with { Remote = "nobody" })).Result.ShouldBe(ReplicaResult.Unavailable);
        var absent = await SendAsync("k", destination: Away() with { Bucket = "not-there" });
        absent.Result.ShouldBe(ReplicaResult.Unavailable);
        absent.Reason!.ShouldContain("NoSuchBucket");
        (await SendAsync("k", destination: Away() with { Remote = "unknown" })).Reason.ShouldBe("There is no remote unknown.");
        (await _sender.ProbeAsync(Away() with { Bucket = "not-there" }, default, default)).State.ShouldBe(DestinationState.NotFound);
        (await _sender.ProbeAsync(Away() with { Remote = "nobody" }, default, default)).State.ShouldBe(DestinationState.Denied);
        (await _sender.ProbeAsync(Away(), new SourceTraits(ObjectLock: true), default)).State.ShouldBe(DestinationState.Ready);
        var plain = await _target.NewBucketAsync(versioned: true);
        (await _sender.ProbeAsync(Away() with { Bucket = plain }, new SourceTraits(ObjectLock: true), default)).State.ShouldBe(DestinationState.NoObjectLock);
        (await _sender.ProbeAsync(Away() with { Bucket = await _target.NewBucketAsync() }, default, default)).State.ShouldBe(DestinationState.NotVersioned);
    }

    private static ReplicaDestination Away() => new() { Remote = "away", Bucket = Bucket, OwnedByDestination = true };

    private async Task AddRemoteAsync(string name, string accessKey, string secret)
    {
        var now = DateTimeOffset.UtcNow;
        (await _source.Remotes.Registry.PutAsync(new Remote
        {
            Name = name, Endpoint = _target.Address, Region = "us-east-1", AccessKey = accessKey, Secret = await _source.Remotes.Sealer.SealAsync(secret, Remote.BindingOf(name), default), CreatedAt = now, ModifiedAt = now,
        }, isNew: true, default)).ShouldBe(RemoteChange.Made);
    }

    private async Task<ReplicaSource?> FindAsync(string key) => await ReplicaSource.FindAsync(_source.Services.Engine, await TaskOfAsync(key, ReplicaParts.Version, Away()), default);

    private async Task<ReplicaOutcome> SendAsync(string key, ReplicaParts parts = ReplicaParts.Version, ReplicaDestination? destination = null) =>
        await _sender.SendAsync(await TaskOfAsync(key, parts, destination ?? Away()), default);

    /// <summary>For the newest version of a key.</summary>
    private async Task<ReplicaTask> TaskOfAsync(string key, ReplicaParts parts, ReplicaDestination destination)
    {
        ObjectEngine.TryEncodeKey(key, out var utf8).ShouldBeTrue();
        using var snapshot = _source.Services.Engine.Store.Snapshot();
        var bucket = (await ObjectEngine.GetBucketAsync(snapshot, Bucket, default))!;
        var newest = await VersionRows.GetCurrentAsync(snapshot, bucket.Id, utf8, default) ?? (await VersionRows.GetNewestOtherAsync(snapshot, bucket.Id, utf8, default))!;
        return new ReplicaTask(destination, Bucket, bucket.Id, key, newest.Sequence, newest.Nonce, parts);
    }

    private async Task<WriteResult> PutPartsAsync(string key, byte[][] bodies)
    {
        var upload = (await _source.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = key, OwnerId = RootCredentialStore.CanonicalId }, default)).Value;
        var listed = new List<ListedPart>();
        for (var i = 0; i < bodies.Length; i++)
        {
            var put = await _source.Services.Parts.UploadAsync(new ObjectStore.Server.Objects.UploadPartRequest { Bucket = Bucket, Key = key, UploadId = upload.UploadId, PartNumber = i + 1 }, new BytesSource(bodies[i]), default);
            listed.Add(new ListedPart(i + 1, put.Value.ETag));
        }
        return (await _source.Services.Multipart.CompleteAsync(new CompleteUploadRequest { Bucket = Bucket, Key = key, UploadId = upload.UploadId, Parts = listed }, default)).Value;
    }

    private async Task ShouldAgreeAsync() =>
        (await new ReplicaStoreOf(_target.Services, Bucket).ImagesAsync()).ShouldBe(await new ReplicaStoreOf(_source.Services, Bucket).ImagesAsync());
}
