using Amazon.S3;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;
using static ObjectStore.Server.Tests.Tiers.TierBench;

namespace ObjectStore.Server.Tests.Tiers;

/// <summary>Versions that are replicated after their bytes have gone to a tier.</summary>
public sealed class TierReplicationTests : IAsyncLifetime
{
    private readonly TierBench _bench = new();

    public Task InitializeAsync() => _bench.InitializeAsync();

    public Task DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_is_in_a_tier_alone_is_refused_rather_than_tried_for_ever_and_sent_once_it_is_restored()
    {
        var (source, copies) = await CreateAsync();
        var body = ObjectBench.Bytes(200_000, 1);
        await _bench.PutAsync(source, "k", body);
        await _bench.PassDaysAsync();
        (await SendAsync(source, "k", copies)).Result.ShouldBe(ReplicaResult.Refused);
        await _bench.RestoreAsync(source, "k", 1);
        await _bench.SettleAsync();
        (await SendAsync(source, "k", copies)).Result.ShouldBe(ReplicaResult.Done);
        await _bench.PassDaysAsync(5);
        (await _bench.GetAsync(copies, "k")).ShouldBe(body);
    }

    [Fact]
    public async Task What_its_writer_alone_can_open_is_not_shared_while_it_is_a_copy_of_what_is_in_a_tier()
    {
        var (source, copies) = await CreateAsync();
        var key = Convert.ToBase64String(ObjectBench.Bytes(32, 8));
        await _bench.PutAsync(source, "k", ObjectBench.Bytes(200_000, 1), put => (put.ServerSideEncryptionCustomerMethod, put.ServerSideEncryptionCustomerProvidedKey) = (ServerSideEncryptionCustomerMethod.AES256, key));
        await _bench.PassDaysAsync();
        await _bench.RestoreAsync(source, "k", 1);
        await _bench.SettleAsync();
        (await SendAsync(source, "k", copies)).Result.ShouldBe(ReplicaResult.Refused);
        await _bench.ShouldBeSoundAsync();
    }

    private async Task<(string Source, string Copies)> CreateAsync()
    {
        await _bench.AddTierAsync();
        return (await _bench.NewBucketAsync(versioned: true), await _bench.NewBucketAsync(versioned: true, hasRules: false));
    }

    private async Task<ReplicaOutcome> SendAsync(string bucket, string key, string copies)
    {
        var services = _bench.Server.Services;
        ObjectEngine.TryEncodeKey(key, out var name).ShouldBeTrue();
        BucketRecord source;
        VersionRecord version;
        using (var snapshot = services.Engine.Store.Snapshot())
        {
            source = (await ObjectEngine.GetBucketAsync(snapshot, bucket, default))!;
            version = (await VersionRows.GetCurrentAsync(snapshot, source.Id, name, default))!;
        }
        var task = new ReplicaTask(new ReplicaDestination { Bucket = copies }, bucket, source.Id, key, version.Sequence, version.Nonce, ReplicaParts.Version);
        return await new ReplicaSender(services, null).SendAsync(task, default);
    }
}
