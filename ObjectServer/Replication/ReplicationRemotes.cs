using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;

namespace ObjectStore.Server.Replication;

/// <summary>Keeps remotes that rules name from being removed.</summary>
internal sealed class ReplicationRemotes(ObjectEngine engine) : IRemoteUser
{
    public async ValueTask<string?> FindUseAsync(IKvReader reader, string remote, CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Buckets));
        while (await cursor.MoveNextAsync(ct))
        {
            var bucket = BucketRecord.Parser.ParseFrom(cursor.Value);
            if ((bucket.Listeners & Listeners.Replication) == 0) continue;
            var rules = await engine.Changes.RulesOfAsync(reader, bucket, ct);
            if (rules.AllDestinationArns.Any(arn => ReplicaDestination.ParseArn(arn)?.Remote == remote)) return $"replication of bucket {SchemaKeys.BucketName(cursor.Key)}";
        }
        return null;
    }

    /// <summary>Reads the rows of the remotes that rules name, so that the transaction conflicts with their removal. One that there is not; null if there are all.</summary>
    public static async ValueTask<string?> FindMissingAsync(IKvReader reader, ReplicationConfigRecord config, CancellationToken ct)
    {
        foreach (var remote in config.Rules.Select(static rule => ReplicaDestination.ParseArn(rule.DestinationArn)?.Remote).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (await reader.GetAsync(SchemaKeys.Remote(remote), ct) is null) return remote;
        }
        return null;
    }
}
