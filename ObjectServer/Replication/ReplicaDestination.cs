using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>Where replicas go: a bucket of this store, or one at a remote; and what they are there. docs/REPLICATION.md, "Destinations".</summary>
internal sealed record ReplicaDestination
{
    private const string LocalPrefix = "arn:aws:s3:::";

    /// <summary>arn:objectstore:s3:REMOTE::BUCKET</summary>
    private const string RemotePrefix = "arn:objectstore:s3:";

    /// <summary>Name of the remote; null for this store.</summary>
    public string? Remote { get; init; }

    public required string Bucket { get; init; }

    /// <summary>Null: that of the source's version.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Twelve digits of the account that must own the bucket; null if the rule names none.</summary>
    public string? AccountId { get; init; }

    /// <summary>Replicas belong to the owner of the bucket, with no other grants; else they keep owner and ACL. At a remote it is always so.</summary>
    public bool OwnedByDestination { get; init; }

    /// <summary>The key of the destination's key manager for replicas of versions under SSE-KMS; null: such versions are not sent.</summary>
    public string? ReplicaKeyId { get; init; }

    /// <summary>Names bucket and remote, without the settings.</summary>
    public string Arn => Remote is null ? LocalPrefix + Bucket : $"{RemotePrefix}{Remote}::{Bucket}";

    /// <summary>With the settings of a rule.</summary>
    public ReplicaDestination With(ReplicationRuleRecord rule) => this with
    {
        StorageClass = ObjectInfos.NullIfEmpty(rule.StorageClass),
        AccountId = ObjectInfos.NullIfEmpty(rule.AccountId),
        OwnedByDestination = rule.OwnedByDestination,
        ReplicaKeyId = ObjectInfos.NullIfEmpty(rule.ReplicaKeyId),
    };

    /// <summary>Without settings; null if it is no ARN of a destination. Whether there is such a bucket is another question.</summary>
    public static ReplicaDestination? ParseArn(string arn)
    {
        if (arn.StartsWith(LocalPrefix, StringComparison.Ordinal))
            return arn.Length > LocalPrefix.Length && !arn.AsSpan(LocalPrefix.Length).ContainsAny(':', '/') ? new ReplicaDestination { Bucket = arn[LocalPrefix.Length..] } : null;
        if (!arn.StartsWith(RemotePrefix, StringComparison.Ordinal)) return null;
        var parts = arn[RemotePrefix.Length..].Split(':');
        if (parts is not [{ Length: > 0 } remote, "", { Length: > 0 } bucket] || bucket.Contains('/', StringComparison.Ordinal)) return null;
        return new ReplicaDestination { Remote = remote, Bucket = bucket };
    }
}
