using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>How a walk ended. Values are stored.</summary>
internal enum WalkEnd : byte
{
    Finished = 1,
    Cancelled = 2,
    RulesRemoved = 3,
}

/// <summary>
/// Goes through the versions that a bucket had before its rules, and gives those rows in the queues that a rule wants: of a key the oldest first. How
/// far it has come is written with the rows, so that it goes on there after a crash. It waits while the queues are long.
/// </summary>
internal sealed class ReplicationWalker(ObjectEngine engine, ReplicationOptions options, ILogger<ReplicationWalker> logger)
{
    /// <summary>Versions that one step looks at.</summary>
    private const int StepRows = 500;

    /// <summary>Versions that one transaction gives rows: each is read again in it and conflicts with writers of its key.</summary>
    private const int MaxWanted = 32;

    private const uint CurrentPass = 1;
    private const uint LastPass = 2;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly record struct Found(byte[] Key, ulong Sequence, ulong Nonce);

    /// <param name="Cursor">Row behind which the next step goes on; null at the end of the pass.</param>
    private sealed record Step(List<Found> Wanted, byte[]? Cursor, int Looked);

    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var isBusy = false;
            foreach (var bucketId in await ListAsync(ct)) isBusy |= await TryStepAsync(bucketId, ct);
            if (!isBusy) await Task.Delay(Tick, engine.Time, ct);
        }
    }

    /// <summary>One step of one walk. Whether another may follow at once.</summary>
    public async ValueTask<bool> StepAsync(ulong bucketId, CancellationToken ct)
    {
        var rowKey = QueueKeys.ReplicationWalk(bucketId);
        Step step;
        ReplicationWalkRecord? walk;
        using (var snapshot = engine.Store.Snapshot())
        {
            walk = await snapshot.GetRecordAsync(rowKey, ReplicationWalkRecord.Parser, ct);
            if (walk is null || walk.EndedTicks != 0) return false;
            var bucket = await ObjectEngine.GetBucketAsync(snapshot, walk.Bucket, ct);
            if (bucket?.Id == bucketId && await IsFullAsync(snapshot, bucket, ct)) return false;
            var rules = bucket?.Id == bucketId ? await engine.Changes.RulesOfAsync(snapshot, bucket, ct) : ReplicationRules.None;
            step = await ReadAsync(snapshot, bucketId, walk, rules, ct);
        }
        var advanced = await engine.Transactions.RunAsync<bool>(transaction => AdvanceAsync(transaction, rowKey, bucketId, walk, step, ct), ct);
        if (!advanced.IsOk) throw new KvException(KvFault.Unavailable, $"The walk could not go on: {advanced.Failure.Message}");
        return advanced.Value;
    }

    private async ValueTask<bool> TryStepAsync(ulong bucketId, CancellationToken ct)
    {
        try
        {
            return await StepAsync(bucketId, ct);
        }
        catch (KvException e) when (e.IsTransient)
        {
            // Other buckets' walks must not wait for it; it is tried again.
            ReplicationLog.WalkFailed(logger, e, bucketId.ToString("x16", System.Globalization.CultureInfo.InvariantCulture));
            return false;
        }
    }

    private async ValueTask<List<ulong>> ListAsync(CancellationToken ct)
    {
        var buckets = new List<ulong>();
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(QueueKeys.ReplicationWalks);
        while (await cursor.MoveNextAsync(ct))
        {
            if (ReplicationWalkRecord.Parser.ParseFrom(cursor.Value).EndedTicks == 0) buckets.Add(QueueKeys.ReplicationWalkBucket(cursor.Key));
        }
        return buckets;
    }

    private async ValueTask<bool> IsFullAsync(IKvReader reader, BucketRecord bucket, CancellationToken ct)
    {
        var rules = await engine.Changes.RulesOfAsync(reader, bucket, ct);
        foreach (var arn in rules.DestinationArns)
        {
            var count = await reader.GetAsync(QueueKeys.Count(QueueKeys.Replication, QueueKeys.ReplicationQueue(bucket.Id, arn)), ct);
            if (count is { } value && System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(value.Span) >= options.MaxWalkBacklog) return true;
        }
        return false;
    }

    /// <summary>
    /// Table v backwards, where a key's versions come from the oldest on; table c, which has the newest of each; and v once more, where versions may have
    /// come from c behind the first pass.
    /// </summary>
    private static async ValueTask<Step> ReadAsync(IKvReader snapshot, ulong bucketId, ReplicationWalkRecord walk, ReplicationRules rules, CancellationToken ct)
    {
        var wanted = new List<Found>();
        var looked = 0;
        var isBackwards = walk.WalkPass != CurrentPass;
        var range = SchemaKeys.OfPrefix(isBackwards ? KvTables.OtherVersions : KvTables.CurrentVersions, bucketId, System.Text.Encoding.UTF8.GetBytes(walk.Prefix));
        if (!walk.Cursor.IsEmpty) range = isBackwards ? range with { To = walk.Cursor.ToByteArray() } : range with { From = KeyEncoding.Successor(walk.Cursor.ToByteArray()) };
        using var cursor = snapshot.Scan(range, reverse: isBackwards);
        while (await cursor.MoveNextAsync(ct))
        {
            looked++;
            var version = VersionRecord.Parser.ParseFrom(cursor.Value);
            var key = KeyOf(cursor.Key);
            if (Rules(rules, walk, key, version).Any()) wanted.Add(new Found(key, version.Sequence, version.Nonce));
            if (looked == StepRows || wanted.Count == MaxWanted) return new Step(wanted, cursor.Key.ToArray(), looked);
        }
        return new Step(wanted, null, looked);
    }

    /// <summary>What is wanted of a version as far as its row tells: whether a row of it waits already is asked when it gets another.</summary>
    private static IEnumerable<ReplicationRules.Rule> Rules(ReplicationRules rules, ReplicationWalkRecord walk, byte[] key, VersionRecord version) =>
        version.Replication?.Status == (uint)ReplicationStatus.Replica
            // Of a replica only changes that were made here are anybody's business.
            ? rules.ForChange(key, version).Where(rule => !walk.ByRules && ReplicationMarks.Find(version.Replication, rule.DestinationHash) is { } state && IsWanted(walk, state))
            : rules.ForVersion(key, version).Where(rule => (!walk.ByRules || rule.Record.ExistingObjects) && IsWanted(walk, ReplicationMarks.Find(version.Replication, rule.DestinationHash)));

    private static bool IsWanted(ReplicationWalkRecord walk, ReplicaStateRecord? state) => (ReplicationStatus)(state?.Status ?? 0) switch
    {
        ReplicationStatus.Failed => true,
        ReplicationStatus.Completed => walk.Again && !walk.FailedOnly && walk.WalkPass != LastPass,
        _ => !walk.FailedOnly,
    };

    private async ValueTask<Result<bool>> AdvanceAsync(IKvTransaction transaction, byte[] rowKey, ulong bucketId, ReplicationWalkRecord read, Step step, CancellationToken ct)
    {
        var walk = await transaction.GetRecordAsync(rowKey, ReplicationWalkRecord.Parser, ct);
        // Cancelled, begun anew, or taken a step further.
        if (walk is null || !walk.Equals(read)) return true;
        var now = engine.NowTicks();
        var bucket = await ObjectEngine.GetBucketAsync(transaction, walk.Bucket, ct);
        if (bucket is null || bucket.Id != bucketId)
        {
            transaction.Delete(rowKey);
            return false;
        }
        if ((bucket.Listeners & Listeners.Replication) == 0)
        {
            (walk.EndedTicks, walk.End) = (now, (uint)WalkEnd.RulesRemoved);
            transaction.PutRecord(rowKey, walk);
            return false;
        }
        var rules = await engine.Changes.RulesOfAsync(transaction, bucket, ct);
        foreach (var found in step.Wanted)
        {
            if (await AddAsync(transaction, bucket, rules, walk, found, now, ct)) walk.Queued++;
        }
        if (walk.WalkPass != LastPass) walk.Looked += (ulong)step.Looked;
        walk.Cursor = step.Cursor is null ? ByteString.Empty : ByteString.CopyFrom(step.Cursor);
        if (step.Cursor is null && ++walk.WalkPass > LastPass) (walk.EndedTicks, walk.End) = (now, (uint)WalkEnd.Finished);
        transaction.PutRecord(rowKey, walk);
        return walk.EndedTicks == 0;
    }

    private async ValueTask<bool> AddAsync(
        IKvTransaction transaction, BucketRecord bucket, ReplicationRules rules, ReplicationWalkRecord walk, Found found, ulong now, CancellationToken ct)
    {
        var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, found.Key, now, ct);
        var version = versions.Current?.Sequence == found.Sequence
            ? versions.Current
            : await transaction.GetRecordAsync(SchemaKeys.Version(bucket.Id, found.Key, found.Sequence), VersionRecord.Parser, ct);
        if (version is null || version.Nonce != found.Nonce) return false;
        var wanted = new List<ReplicationRules.Rule>();
        foreach (var rule in Rules(rules, walk, found.Key, version))
        {
            var state = ReplicationMarks.Find(version.Replication, rule.DestinationHash);
            // Waits already.
            if (state?.Status == (uint)ReplicationStatus.Pending
                && await transaction.GetAsync(QueueKeys.Change(QueueKeys.Replication, QueueKeys.ReplicationQueue(bucket.Id, rule.DestinationArn), state.Position), ct) is not null) continue;
            wanted.Add(rule);
        }
        var change = new Change(walk.Bucket, found.Key, ChangeKind.ReplicationWanted, version, now, ChangeOrigin.Server);
        return await engine.Changes.AddWantedAsync(transaction, bucket, versions, change, wanted, ct);
    }

    private static byte[] KeyOf(ReadOnlySpan<byte> rowKey)
    {
        var key = new byte[rowKey.Length];
        return key[..SchemaKeys.ReadObjectKey(rowKey, key)];
    }
}
