using System.Buffers.Binary;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>What of a bucket's existing versions a walk gives to the queues.</summary>
/// <param name="FailedOnly">Versions whose replication has failed; else all that no destination has or waits for.</param>
/// <param name="Again">Also what the destinations have already.</param>
internal sealed record SyncRequest(string Prefix = "", bool FailedOnly = false, bool Again = false);

/// <summary>One destination of a bucket and how it is with it.</summary>
internal sealed record DestinationStatus(string DestinationArn, DestinationNumbers Numbers);

/// <param name="Walk">The last walk through existing versions; null if there was none.</param>
internal sealed record BucketReplicationStatus(IReadOnlyList<DestinationStatus> Destinations, ReplicationWalkRecord? Walk);

/// <summary>Sets and tells the rules of buckets, and begins and ends walks through what was there before them.</summary>
internal sealed class ReplicationService(ObjectEngine engine, ReplicationEngine replication, ILogger<ReplicationService> logger)
{
    public IReplicaSender Sender => replication.Sender;

    /// <summary><see cref="ObjectFault.NoSuchConfiguration"/> if there are none.</summary>
    public async ValueTask<Result<ReplicationConfigRecord>> GetAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        return await ReadAsync(snapshot, record, ct) is { } config ? config : ObjectFault.NoSuchConfiguration;
    }

    /// <summary>
    /// Replaces all rules, in effect for every write that commits afterwards. What waits for destinations that no enabled rule names any more is dropped.
    /// <see cref="ObjectFault.InvalidBucketState"/> if the bucket keeps no versions.
    /// </summary>
    public async ValueTask<Result<Done>> PutAsync(string bucket, ReplicationConfigRecord config, CancellationToken ct)
    {
        var document = config.ToByteArray();
        if (document.Length > BucketConfigurations.MaxDocumentBytes) return ObjectFault.EntityTooLarge;
        var put = await ChangeAsync(bucket, ArnsOf(config), async (transaction, record) =>
        {
            if (await ReplicationRemotes.FindMissingAsync(transaction, config, ct) is { } missing)
                return new Failure(ObjectFault.InvalidBucketState) { Message = $"There is no remote {missing}." };
            if (record.Versioning != (uint)VersioningState.Enabled)
                return new Failure(ObjectFault.InvalidBucketState) { Message = "Versioning must be 'Enabled' on the bucket to apply a replication configuration" };
            BucketConfigurations.Write(transaction, record.Id, ReplicationRules.DocumentKind, document);
            record.Listeners |= Listeners.Replication;
            if (config.Rules.Any(static rule => rule is { Enabled: true, ExistingObjects: true }))
                transaction.PutRecord(QueueKeys.ReplicationWalk(record.Id), new ReplicationWalkRecord { Bucket = bucket, BegunTicks = engine.NowTicks(), ByRules = true });
            return null;
        }, ct);
        if (put.IsOk) replication.Nudge();
        return put;
    }

    /// <summary>Nothing is replicated any more, and what waits is dropped. That there are no rules is no failure.</summary>
    public ValueTask<Result<Done>> DeleteAsync(string bucket, CancellationToken ct) => ChangeAsync(bucket, [], static (transaction, record) =>
    {
        transaction.DeleteRange(SchemaKeys.Configurations(record.Id, ReplicationRules.DocumentKind));
        record.Listeners &= ~Listeners.Replication;
        return ValueTask.FromResult<Failure?>(null);
    }, ct);

    /// <summary>Begins a walk, in the place of one that is under way.</summary>
    public async ValueTask<Result<Done>> SyncAsync(string bucket, SyncRequest request, CancellationToken ct)
    {
        var begun = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            if ((record.Listeners & Listeners.Replication) == 0) return ObjectFault.NoSuchConfiguration;
            transaction.PutRecord(QueueKeys.ReplicationWalk(record.Id), new ReplicationWalkRecord
            {
                Bucket = bucket,
                BegunTicks = engine.NowTicks(),
                Prefix = request.Prefix,
                FailedOnly = request.FailedOnly,
                Again = request.Again,
            });
            return new Done();
        }, ct);
        if (begun.IsOk) replication.Nudge();
        return begun;
    }

    /// <summary>Ends the walk; what it has given to the queues stays there. <see cref="ObjectFault.NoSuchConfiguration"/> if none is under way.</summary>
    public async ValueTask<Result<Done>> CancelSyncAsync(string bucket, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            var key = QueueKeys.ReplicationWalk(record.Id);
            var walk = await transaction.GetRecordAsync(key, ReplicationWalkRecord.Parser, ct);
            if (walk is null || walk.EndedTicks != 0) return ObjectFault.NoSuchConfiguration;
            (walk.EndedTicks, walk.End) = (engine.NowTicks(), (uint)WalkEnd.Cancelled);
            transaction.PutRecord(key, walk);
            return new Done();
        }, ct);

    /// <summary><see cref="ObjectFault.NoSuchConfiguration"/> if the bucket has no rules.</summary>
    public async ValueTask<Result<BucketReplicationStatus>> GetStatusAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        if (await ReadAsync(snapshot, record, ct) is not { } config) return ObjectFault.NoSuchConfiguration;
        var destinations = new List<DestinationStatus>();
        foreach (var arn in config.Rules.Select(static rule => rule.DestinationArn).Distinct(StringComparer.Ordinal))
        {
            var queue = QueueKeys.ReplicationQueue(record.Id, arn);
            var numbers = replication.NumbersOf(queue);
            var first = await ChangeQueue.ReadAsync(snapshot, QueueKeys.Replication, queue, 1, ct);
            numbers.Bucket = bucket;
            numbers.Backlog = await CountAsync(snapshot, QueueKeys.Replication, queue, ct);
            numbers.BacklogBytes = await CountAsync(snapshot, QueueKeys.ReplicationBytes, queue, ct);
            numbers.Oldest = first.Count == 0 ? null : KvRecords.FromTicks(first[0].Record.TimeTicks);
            destinations.Add(new DestinationStatus(arn, numbers));
        }
        return new BucketReplicationStatus(destinations, await snapshot.GetRecordAsync(QueueKeys.ReplicationWalk(record.Id), ReplicationWalkRecord.Parser, ct));
    }

    private static async ValueTask<long> CountAsync(IKvReader reader, byte sort, string queue, CancellationToken ct) =>
        await reader.GetAsync(QueueKeys.Count(sort, queue), ct) is { } count ? BinaryPrimitives.ReadInt64LittleEndian(count.Span) : 0;

    private static async ValueTask<ReplicationConfigRecord?> ReadAsync(IKvReader reader, BucketRecord bucket, CancellationToken ct)
    {
        if ((bucket.Listeners & Listeners.Replication) == 0) return null;
        var document = await BucketConfigurations.ReadAsync(reader, bucket.Id, ReplicationRules.DocumentKind, ct);
        return document is { } bytes ? ReplicationConfigRecord.Parser.ParseFrom(bytes.Span) : null;
    }

    private static HashSet<string> ArnsOf(ReplicationConfigRecord config) =>
        config.Rules.Where(static rule => rule.Enabled).Select(static rule => rule.DestinationArn).ToHashSet(StringComparer.Ordinal);

    private async ValueTask<Result<Done>> ChangeAsync(string bucket, HashSet<string> arns, Func<IKvTransaction, BucketRecord, ValueTask<Failure?>> change, CancellationToken ct)
    {
        var dropped = new List<(string Queue, string Arn, long Count)>();
        var changed = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            dropped.Clear();
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            var before = await ReadAsync(transaction, record, ct);
            if (await change(transaction, record) is { } refused) return refused;
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            foreach (var arn in before is null ? [] : ArnsOf(before).Except(arns))
            {
                var queue = QueueKeys.ReplicationQueue(record.Id, arn);
                dropped.Add((queue, arn, await CountAsync(transaction, QueueKeys.Replication, queue, ct)));
                ChangeQueue.DropReplication(transaction, queue);
            }
            return new Done();
        }, ct);
        if (!changed.IsOk) return changed;
        foreach (var (queue, arn, count) in dropped)
        {
            replication.Forget(queue);
            if (count > 0) ReplicationLog.Dropped(logger, bucket, arn, count);
        }
        return changed;
    }
}
