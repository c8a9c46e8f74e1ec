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

/// <summary>Two servers over loopback: the second is a remote of the first.</summary>
public abstract class ReplicaServers : IAsyncLifetime
{
    protected const string Bucket = "replicated";

    private protected readonly SdkServer Source = new() { KeyManager = new TestKeys() };
    private protected readonly SdkServer Target = new() { KeyManager = new TestKeys() };
    private protected ReplicaSender Sender = null!;

    public async Task InitializeAsync()
    {
        await Source.InitializeAsync();
        await Target.InitializeAsync();
        foreach (var server in (SdkServer[])[Source, Target])
        {
            await server.Client.PutBucketAsync(new PutBucketRequest { BucketName = Bucket, ObjectLockEnabledForBucket = true });
        }
        await AddRemoteAsync("away", "access-key", "secret-key-of-the-tests");
        Sender = new ReplicaSender(Source.Services, new RemoteTargets(Source.Remotes));
    }

    public async Task DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
    }

    private protected static ReplicaDestination Away() => new() { Remote = "away", Bucket = Bucket, OwnedByDestination = true };

    private protected async Task AddRemoteAsync(string name, string accessKey, string secret)
    {
        var now = DateTimeOffset.UtcNow;
        (await Source.Remotes.Registry.PutAsync(new Remote
        {
            Name = name, Endpoint = Target.Address, Region = "us-east-1", AccessKey = accessKey, Secret = await Source.Remotes.Sealer.SealAsync(secret, Remote.BindingOf(name), default), CreatedAt = now, ModifiedAt = now,
        }, isNew: true, default)).ShouldBe(RemoteChange.Made);
    }

    private protected async Task<ReplicaSource?> FindAsync(string key) => await ReplicaSource.FindAsync(Source.Services.Engine, await TaskOfAsync(key, ReplicaParts.Version, Away()), default);

    private protected async Task<ReplicaOutcome> SendAsync(string key, ReplicaParts parts = ReplicaParts.Version, ReplicaDestination? destination = null) =>
        await Sender.SendAsync(await TaskOfAsync(key, parts, destination ?? Away()), default);

    /// <summary>For the newest version of a key.</summary>
    private protected async Task<ReplicaTask> TaskOfAsync(string key, ReplicaParts parts, ReplicaDestination destination)
    {
        ObjectEngine.TryEncodeKey(key, out var utf8).ShouldBeTrue();
        using var snapshot = Source.Services.Engine.Store.Snapshot();
        var bucket = (await ObjectEngine.GetBucketAsync(snapshot, Bucket, default))!;
        var newest = await VersionRows.GetCurrentAsync(snapshot, bucket.Id, utf8, default) ?? (await VersionRows.GetNewestOtherAsync(snapshot, bucket.Id, utf8, default))!;
        return new ReplicaTask(destination, Bucket, bucket.Id, key, newest.Sequence, newest.Nonce, parts);
    }

    private protected async Task<WriteResult> PutPartsAsync(string key, byte[][] bodies)
    {
        var upload = (await Source.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = key, OwnerId = RootCredentialStore.CanonicalId }, default)).Value;
        var listed = new List<ListedPart>();
        for (var i = 0; i < bodies.Length; i++)
        {
            var put = await Source.Services.Parts.UploadAsync(new ObjectStore.Server.Objects.UploadPartRequest { Bucket = Bucket, Key = key, UploadId = upload.UploadId, PartNumber = i + 1 }, new BytesSource(bodies[i]), default);
            listed.Add(new ListedPart(i + 1, put.Value.ETag));
        }
        return (await Source.Services.Multipart.CompleteAsync(new CompleteUploadRequest { Bucket = Bucket, Key = key, UploadId = upload.UploadId, Parts = listed }, default)).Value;
    }

    private protected async Task ShouldAgreeAsync() =>
        (await new ReplicaStoreOf(Target.Services, Bucket).ImagesAsync()).ShouldBe(await new ReplicaStoreOf(Source.Services, Bucket).ImagesAsync());
}
