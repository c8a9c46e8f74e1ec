using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>The rows for destinations of replication.</summary>
internal sealed partial class ChangeQueue
{
    private readonly ReplicationRuleCache _replication = new();

    /// <summary>Set when rows for destinations may have been committed.</summary>
    public ChangeSignal Replication { get; } = new();

    public ValueTask<ReplicationRules> RulesOfAsync(IKvReader reader, BucketRecord bucket, CancellationToken ct) => _replication.GetAsync(reader, bucket, ct);

    /// <summary>Gives a version that is there already a row for each destination that is wanted of it, and marks it as pending. Whether there were any.</summary>
    public async ValueTask<bool> AddWantedAsync(
        IKvTransaction transaction, BucketRecord bucket, KeyVersions versions, Change change, IEnumerable<ReplicationRules.Rule> rules, CancellationToken ct)
    {
        if (!_isSeeded) await SeedAsync(ct);
        var isAny = false;
        foreach (var rule in rules)
        {
            AddRow(transaction, bucket, change, rule);
            isAny = true;
        }
        if (isAny) versions.Restate(change.Version);
        return isAny;
    }

    /// <summary>Takes one row out, in the transaction that is given; false if somebody else has.</summary>
    public static async ValueTask<bool> RemoveReplicationAsync(IKvTransaction transaction, string queue, QueuedChange change, CancellationToken ct)
    {
        var key = QueueKeys.Change(QueueKeys.Replication, queue, change.Position);
        if (await transaction.GetAsync(key, ct) is null) return false;
        transaction.Delete(key);
        transaction.Add(QueueKeys.Count(QueueKeys.Replication, queue), -1);
        if (change.Record.Size > 0) transaction.Add(QueueKeys.Count(QueueKeys.ReplicationBytes, queue), -(long)change.Record.Size);
        return true;
    }

    /// <summary>Drops all that waits for a destination, with its counts, in the transaction that ends the rules for it.</summary>
    public static void DropReplication(IKvTransaction transaction, string queue)
    {
        transaction.DeleteRange(QueueKeys.OfQueue(QueueKeys.Replication, queue));
        transaction.Delete(QueueKeys.Count(QueueKeys.Replication, queue));
        transaction.Delete(QueueKeys.Count(QueueKeys.ReplicationBytes, queue));
    }

    private async ValueTask AddForReplicationAsync(IKvTransaction transaction, BucketRecord bucket, KeyVersions versions, Change change, CancellationToken ct)
    {
        var parts = ReplicaPartsOf.Change(change.Kind);
        if (parts == ReplicaParts.None || change.Origin.IsReplication) return;
        var version = change.Version;
        var isChange = !parts.HasFlag(ReplicaParts.Version);
        if (isChange && version.Replication is null) return;
        var rules = await _replication.GetAsync(transaction, bucket, ct);
        if (!_isSeeded) await SeedAsync(ct);
        var isAny = false;
        foreach (var rule in isChange ? rules.ForChange(change.Key, version) : rules.ForVersion(change.Key, version))
        {
            AddRow(transaction, bucket, change, rule);
            isAny = true;
        }
        if (isAny) versions.Restate(version);
    }

    private void AddRow(IKvTransaction transaction, BucketRecord bucket, in Change change, ReplicationRules.Rule rule)
    {
        var version = change.Version;
        var queue = QueueKeys.ReplicationQueue(bucket.Id, rule.DestinationArn);
        var position = NextPosition(Math.Max(change.NowTicks, version.Sequence));
        var record = new ChangeRecord
        {
            Kind = (uint)change.Kind,
            BucketId = bucket.Id,
            Bucket = change.Bucket,
            Key = ByteString.CopyFrom(change.Key),
            Sequence = version.Sequence,
            Nonce = version.Nonce,
            Size = ReplicaPartsOf.Change(change.Kind).HasFlag(ReplicaParts.Version) ? version.Length : 0,
            TimeTicks = change.NowTicks,
            RuleId = rule.Record.Id,
        };
        transaction.PutRecord(QueueKeys.Change(QueueKeys.Replication, queue, position), record);
        transaction.Add(QueueKeys.Count(QueueKeys.Replication, queue), 1);
        if (record.Size > 0) transaction.Add(QueueKeys.Count(QueueKeys.ReplicationBytes, queue), (long)record.Size);
        ReplicationMarks.SetPending(version, rule.DestinationHash, position);
        Replication.Expect();
    }
}
