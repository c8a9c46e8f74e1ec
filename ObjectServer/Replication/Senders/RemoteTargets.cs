using System.Collections.Concurrent;
using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Replication;

/// <summary>
/// Buckets at remotes. What kind of store a remote is its answer to a HEAD with <c>?replica</c> tells: one of this kind says so in a header, to others it is
/// a HeadObject. That is remembered for some minutes.
/// </summary>
internal sealed class RemoteTargets(RemoteService remotes)
{
    /// <summary>After it a remote that was another kind of store may have become one of this.</summary>
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    private const string ProbeKey = "replication-probe";
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<(string Remote, string Bucket), Known> _known = new();
    private readonly PlainUploads _uploads = new();

    /// <param name="Target">Null where it is a plain S3 endpoint.</param>
    internal sealed record Found(IReplicaTarget? Target, PlainS3Sender? Plain);

    private sealed record Known(S3Client Client, bool IsReplicaStore, DateTimeOffset Until);

    /// <summary>What a probe found.</summary>
    private sealed record Probed(bool IsReplicaStore, string? Versioning, bool ObjectLock);

    public async ValueTask<TargetAnswer<Found>> FindAsync(ReplicaDestination destination, ObjectServices services, string key, CancellationToken ct)
    {
        var connected = await ConnectAsync(destination, ct);
        if (connected.Refusal is { } refusal) return refusal;
        var client = connected.Value!;
        var id = (destination.Remote!, destination.Bucket);
        if (!_known.TryGetValue(id, out var known) || !ReferenceEquals(known.Client, client) || known.Until < remotes.Time.GetUtcNow())
        {
            var probed = await ProbeAsync(client, destination.Bucket, key, ct);
            if (probed.Refusal is { } away) return away;
            if (_known.Count >= Capacity) _known.Clear();
            _known[id] = known = new Known(client, probed.Value!.IsReplicaStore, remotes.Time.GetUtcNow() + KnownFor);
        }
        return known.IsReplicaStore
            ? new Found(new RemoteReplicaTarget(client, destination.Bucket), null)
            : new Found(null, new PlainS3Sender(services, client, destination, _uploads));
    }

    public async ValueTask<DestinationProbe> ProbeAsync(ReplicaDestination destination, SourceTraits source, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(ProbeLimit);
        try
        {
            var connected = await ConnectAsync(destination, limit.Token);
            if (connected.Refusal is { } refusal) return new DestinationProbe(DestinationState.NotFound, refusal.Reason);
            var probed = await ProbeAsync(connected.Value!, destination.Bucket, ProbeKey, limit.Token);
            if (probed.Refusal is { } failed) return Judge(failed);
            return await JudgeAsync(connected.Value!, destination, source, probed.Value!, limit.Token);
        }
        catch (ClientException e)
        {
            return Judge(ReplicaRefusals.Of(e));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new DestinationProbe(DestinationState.Unavailable, $"The remote did not answer in {ProbeLimit.TotalSeconds:0} s.");
        }
    }

    private static DestinationProbe Judge(ReplicaOutcome failed)
    {
        var state = failed.Reason switch
        {
            { } reason when reason.StartsWith("NoSuchBucket", StringComparison.Ordinal) => DestinationState.NotFound,
            { } reason when reason.StartsWith("AccessDenied", StringComparison.Ordinal) || reason.StartsWith("InvalidAccessKeyId", StringComparison.Ordinal)
                || reason.StartsWith("SignatureDoesNotMatch", StringComparison.Ordinal) => DestinationState.Denied,
            _ => DestinationState.Unavailable,
        };
        return new DestinationProbe(state, failed.Reason);
    }

    private static async ValueTask<DestinationProbe> JudgeAsync(S3Client client, ReplicaDestination destination, SourceTraits source, Probed probed, CancellationToken ct)
    {
        var (versioning, objectLock) = (probed.Versioning, probed.ObjectLock);
        if (!probed.IsReplicaStore)
        {
            try
            {
                versioning = (await client.GetVersioningAsync(destination.Bucket, ct)).ToString();
                objectLock = source.ObjectLock && await client.FindObjectLockAsync(destination.Bucket, ct) is not null;
            }
            catch (ClientException denied) when (denied.IsNotAllowed || denied.Code == "NotImplemented")
            {
                // It may not be asked, or knows no such thing: the first version will tell.
                return new DestinationProbe(DestinationState.Ready);
            }
        }
        if (versioning != "Enabled") return new DestinationProbe(DestinationState.NotVersioned, $"The bucket {destination.Bucket} does not keep versions.");
        return source.ObjectLock && !objectLock
            ? new DestinationProbe(DestinationState.NoObjectLock, $"The bucket {destination.Bucket} has no object lock.")
            : new DestinationProbe(DestinationState.Ready);
    }

    private async ValueTask<TargetAnswer<S3Client>> ConnectAsync(ReplicaDestination destination, CancellationToken ct)
    {
        try
        {
            return await remotes.Clients.FindAsync(destination.Remote!, ct) is { } client ? client : ReplicaOutcome.Unavailable($"There is no remote {destination.Remote}.");
        }
        catch (KeyManagerException e)
        {
            return ReplicaOutcome.Unavailable($"The remote's secret cannot be opened: {e.Message}");
        }
    }

    /// <summary>Whether others on the way could read what is sent.</summary>
    public bool IsOpen(ReplicaDestination destination) => remotes.Registry.Find(destination.Remote!) is { Endpoint: { Scheme: "http", IsLoopback: false } };

    private static async ValueTask<TargetAnswer<Probed>> ProbeAsync(S3Client client, string bucket, string key, CancellationToken ct, bool mayAskAgain = true)
    {
        try
        {
            var answer = await client.SendObjectAsync(HttpMethod.Head, bucket, key, "replica", null, [], ct);
            return answer.Headers[ReplicaFields.Protocol] is not null
                ? new Probed(true, answer.Headers[ReplicaFields.Versioning], answer.Headers[ReplicaFields.ObjectLock] == "true")
                : new Probed(false, null, false);
        }
        catch (ClientException missing) when (missing.IsNotFound)
        {
            // There is no such object, or no such bucket.
            return await ProbeBucketAsync(client, bucket, key, mayAskAgain, ct);
        }
        catch (ClientException e)
        {
            return ReplicaRefusals.Of(e) is { Result: ReplicaResult.Refused, Reason: { } reason } ? ReplicaOutcome.Unavailable(reason) : ReplicaRefusals.Of(e);
        }
    }

    private static async ValueTask<TargetAnswer<Probed>> ProbeBucketAsync(S3Client client, string bucket, string key, bool mayAskAgain, CancellationToken ct)
    {
        try
        {
            if (!await client.BucketExistsAsync(bucket, ct)) return ReplicaOutcome.Unavailable($"NoSuchBucket: there is no bucket {bucket} at the remote.");
            // The bucket may have been made between the two questions: a store of this kind must not be taken for another one.
            return mayAskAgain ? await ProbeAsync(client, bucket, key, ct, mayAskAgain: false) : new Probed(false, null, false);
        }
        catch (ClientException e)
        {
            return ReplicaOutcome.Unavailable($"{e.Code}: {e.Message}");
        }
    }
}
