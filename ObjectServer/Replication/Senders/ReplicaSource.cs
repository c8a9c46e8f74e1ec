using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>A version of this store, as it is read for a destination.</summary>
/// <param name="Record">As one snapshot has it.</param>
/// <param name="BucketOwnerId">Canonical id.</param>
internal sealed record ReplicaSource(string Bucket, string Key, VersionRecord Record, string BucketOwnerId)
{
    /// <summary>Null if the version, or its bucket, is gone.</summary>
    public static async ValueTask<ReplicaSource?> FindAsync(ObjectEngine engine, ReplicaTask task, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(task.Key, out var key)) return null;
        using var snapshot = engine.Store.Snapshot();
        if (await ObjectEngine.GetBucketAsync(snapshot, task.Bucket, ct) is not { } bucket || bucket.Id != task.BucketId) return null;
        var record = await VersionRows.GetAsync(snapshot, bucket.Id, key, task.Sequence, ct);
        return record is null || record.Nonce != task.Nonce ? null : new ReplicaSource(task.Bucket, task.Key, record, bucket.OwnerId);
    }

    /// <summary>Why its bytes cannot be sent: they are in a tier that is not read through. Null if they can.</summary>
    public ReplicaOutcome? RefuseArchived(ObjectEngine engine)
    {
        if (!VersionBytes.AreAway(Record, engine.NowTicks()) || (!IsSealed && engine.Tiers.Find(Record.StorageClass) is { ReadThrough: true })) return null;
        return ReplicaOutcome.Refused($"The version's bytes are in the tier {Record.StorageClass}: restore it, and have it replicated again.");
    }

    /// <summary>Its bytes; null if it is another version, or gone, by now.</summary>
    public async ValueTask<Result<ObjectHandle?>> OpenAsync(ObjectReader reader, CancellationToken ct)
    {
        var opened = await reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = Key, VersionId = VersionId.NameOf(Record) }, ct);
        if (opened.Fault is ObjectFault.NoSuchBucket or ObjectFault.NoSuchVersion or ObjectFault.NoSuchKey) return (ObjectHandle?)null;
        if (!opened.IsOk) return opened.Failure;
        var handle = opened.Value;
        // The null version may have been replaced by another one.
        if (handle.Record.Sequence == Record.Sequence && handle.Record.Nonce == Record.Nonce) return handle;
        handle.Dispose();
        return (ObjectHandle?)null;
    }

    /// <summary>What it means for the version that it could not be opened.</summary>
    public static ReplicaOutcome Unopened(Failure failure) => failure.Fault == ObjectFault.ObjectArchived
        // It would wait for somebody to restore it, and be tried in vain till then.
        ? ReplicaOutcome.Refused($"The version's bytes are in the tier {failure.Message} alone, which is not read through.")
        : ReplicaOutcome.Unreadable($"The version cannot be opened: {failure.Message ?? failure.Fault.ToString()}");

    /// <summary>Whether only its writer can open it.</summary>
    public bool IsSealed => Record.Encryption?.Method == (uint)EncryptionMethod.CustomerKey;

    /// <summary>Its bytes as they are stored; null if it is another version, or gone, by now.</summary>
    public async ValueTask<ObjectHandle?> OpenStoredAsync(ObjectEngine engine, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(Key, out var key)) return null;
        using var snapshot = engine.Store.Snapshot();
        if (await ObjectEngine.GetBucketAsync(snapshot, Bucket, ct) is not { } bucket) return null;
        var record = await VersionRows.GetAsync(snapshot, bucket.Id, key, Record.Sequence, ct);
        if (record is null || record.Nonce != Record.Nonce) return null;
        var inline = record.Has(VersionFlags.Inline) ? await snapshot.GetAsync(SchemaKeys.Inline(bucket.Id, key, record.Sequence), ct) ?? default : default;
        return new ObjectHandle(engine, bucket, record, record.ToInfo(Bucket, Key, (VersioningState)bucket.Versioning, isLatest: false), inline, seal: null);
    }

    /// <summary>What a target is told of it, or why it cannot be sent.</summary>
    /// <param name="classes">Those that a writer can ask for: where lifecycle has moved the version since is this store's own.</param>
    public (ReplicaDocument? Document, ReplicaOutcome? Refusal) Describe(ReplicaDestination destination, StorageClassTable classes, bool withAcl, bool takesSealed = false)
    {
        var method = (EncryptionMethod)(Record.Encryption?.Method ?? 0);
        if (IsSealed && !takesSealed) return (null, ReplicaOutcome.Refused("The version is encrypted with a key that only its writer has (SSE-C)."));
        if (method == EncryptionMethod.ManagedKey && destination.ReplicaKeyId is null) return (null, ReplicaOutcome.Refused("The version is encrypted with SSE-KMS, and the rule names no key for replicas."));
        var version = Record.Clone();
        (version.ContentId, version.Encryption, version.Annotations, version.RenameToken) = (Google.Protobuf.ByteString.Empty, null, null, Google.Protobuf.ByteString.Empty);
        (version.OwnerId, version.StorageClass, version.Compression, version.StoredLength) = ("", "", 0, 0);
        version.Flags = Record.Flags & (uint)VersionFlags.DeleteMarker;
        (version.Tier, version.Restore) = (null, null);
        if (!withAcl) version.Acl = Google.Protobuf.ByteString.Empty;
        if (version.Replication is { } replication)
        {
            replication.Status = 0;
            replication.Destinations.Clear();
        }
        return (new ReplicaDocument
        {
            Version = version,
            StorageClass = destination.StorageClass ?? (classes.Has(Record.StorageClass) ? Record.StorageClass : StorageClassTable.Standard),
            Encryption = IsSealed ? 0 : (uint)method,
            KeyId = method == EncryptionMethod.ManagedKey ? destination.ReplicaKeyId ?? "" : "",
        }, null);
    }

    /// <summary>What a target does with a document.</summary>
    public static ReplicaRequest ToRequest(string bucket, string key, ReplicaDocument document, string ownerId, bool mustExist, bool takesAcl) => new()
    {
        Bucket = bucket,
        Key = key,
        Version = document.Version,
        OwnerId = ownerId,
        MustExist = mustExist,
        TakesAcl = takesAcl,
        StorageClass = document.StorageClass.Length == 0 ? null : document.StorageClass,
        Encryption = document.Encryption is (uint)EncryptionMethod.StoreKey or (uint)EncryptionMethod.ManagedKey
            ? new EncryptionRequest { Method = (EncryptionMethod)document.Encryption, KeyId = document.KeyId.Length == 0 ? null : document.KeyId }
            : null,
    };
}
