using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Makes, finds and removes buckets. Their configuration documents are in <see cref="BucketConfigurations"/>.</summary>
internal sealed class BucketService(ObjectEngine engine)
{
    private readonly BucketConfigurations _configurations = new(engine);

    public BucketQuotas Quotas { get; } = new(engine);

    public async ValueTask<Result<BucketInfo>> CreateAsync(CreateBucketRequest request, CancellationToken ct) =>
        await engine.Transactions.RunAsync<BucketInfo>(async transaction =>
        {
            var existing = await ObjectEngine.GetBucketAsync(transaction, request.Name, ct);
            if (existing is not null)
            {
                var own = string.Equals(existing.OwnerId, request.OwnerId, StringComparison.Ordinal);
                return own ? ObjectFault.BucketAlreadyOwnedByYou : ObjectFault.BucketAlreadyExists;
            }
            if (request.MaxBucketsOfOwner > 0 && await CountAsync(request.OwnerId, ct) >= request.MaxBucketsOfOwner) return ObjectFault.TooManyBuckets;
            var record = new BucketRecord
            {
                Id = engine.Ids.NextBucketId(),
                OwnerId = request.OwnerId,
                Region = request.Region,
                CreatedTicks = engine.NowTicks(),
                ObjectLock = request.ObjectLock,
                // Object lock protects versions, so it brings versioning with it.
                Versioning = (uint)(request.ObjectLock ? VersioningState.Enabled : VersioningState.Unversioned),
                Acl = ObjectInfos.ToField(request.Acl),
                ConfigVersion = 1,
                Compression = engine.Options.NewBucketCompression?.ToRecord(),
            };
            foreach (var document in request.Documents) BucketConfigurations.Write(transaction, record.Id, document.Kind, document.Bytes);
            transaction.PutRecord(SchemaKeys.Bucket(request.Name), record);
            return ToInfo(request.Name, record);
        }, ct);

    public async ValueTask<Result<BucketInfo>> GetAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        return record is null ? ObjectFault.NoSuchBucket : ToInfo(bucket, record);
    }

    /// <summary>The bucket's id and the version of its configuration; null if there is no such bucket. Cheap: every request asks.</summary>
    public async ValueTask<BucketStamp?> FindStampAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        return await snapshot.GetAsync(SchemaKeys.Bucket(bucket), ct) is { } record ? BucketStamp.Parse(record.Span) : null;
    }

    public async ValueTask<BucketPage> ListAsync(ListBucketsRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var range = KeyEncoding.PrefixRange(SchemaKeys.Bucket(request.Prefix));
        if (request.StartAfter is not null) range = Behind(range, SchemaKeys.Bucket(request.StartAfter));
        var buckets = new List<BucketInfo>();
        using var cursor = snapshot.Scan(range);
        while (await cursor.MoveNextAsync(ct))
        {
            var record = BucketRecord.Parser.ParseFrom(cursor.Value);
            if (request.OwnerId is not null && !string.Equals(record.OwnerId, request.OwnerId, StringComparison.Ordinal)) continue;
            if (request.Region is not null && !string.Equals(record.Region, request.Region, StringComparison.Ordinal)) continue;
            if (buckets.Count == request.MaxBuckets) return new BucketPage(buckets, buckets.Count > 0 ? buckets[^1].Name : null);
            buckets.Add(ToInfo(SchemaKeys.BucketName(cursor.Key), record));
        }
        return new BucketPage(buckets, null);
    }

    /// <summary>Only when it holds no versions and no delete markers; uploads in progress are given up.</summary>
    public async ValueTask<Result<Done>> DeleteAsync(string bucket, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            if (!await transaction.IsEmptyAsync(SchemaKeys.OfBucket(KvTables.CurrentVersions, record.Id), ct)) return ObjectFault.BucketNotEmpty;
            if (!await transaction.IsEmptyAsync(SchemaKeys.OfBucket(KvTables.OtherVersions, record.Id), ct)) return ObjectFault.BucketNotEmpty;
            transaction.Delete(SchemaKeys.Bucket(bucket));
            if ((record.Listeners & Listeners.Replication) != 0)
            {
                foreach (var range in QueueKeys.ReplicationOf(record.Id)) transaction.DeleteRange(range);
            }
            transaction.Delete(QueueKeys.ReplicationWalk(record.Id));
            // Its uploads, counters and documents may be many: the collector takes them away by the bucket's id.
            transaction.PutRecord(
                SchemaKeys.Garbage(engine.NowTicks(), new ContentId(0, record.Id)),
                new GarbageRecord { Kind = GarbageKinds.Bucket, BucketId = record.Id });
            return new Done();
        }, ct);

    /// <summary>Enabled or Suspended; a bucket never becomes unversioned again.</summary>
    public async ValueTask<Result<Done>> SetVersioningAsync(string bucket, VersioningState state, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(state, VersioningState.Unversioned);
        return await UpdateAsync(bucket, record =>
        {
            // Locked versions must stay versions.
            if (record.ObjectLock && state != VersioningState.Enabled)
            {
                return new Failure(ObjectFault.InvalidBucketState)
                {
                    Message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                };
            }
            if ((record.Listeners & Listeners.Replication) != 0 && state != VersioningState.Enabled)
            {
                return new Failure(ObjectFault.InvalidBucketState)
                {
                    Message = "A replication configuration is present on this bucket, so the versioning state cannot be changed.",
                };
            }
            record.Versioning = (uint)state;
            return null;
        }, ct);
    }

    /// <summary>Of objects whose writers name none, from now on; null is STANDARD. <see cref="ObjectFault.InvalidStorageClass"/> for a class that there is not.</summary>
    public async ValueTask<Result<Done>> SetStorageClassAsync(string bucket, string? storageClass, CancellationToken ct)
    {
        if (storageClass is not null && !engine.Classes.Has(storageClass)) return new Failure(ObjectFault.InvalidStorageClass) { Message = storageClass };
        return await UpdateAsync(bucket, record =>
        {
            record.StorageClass = storageClass is null or StorageClassTable.Standard ? "" : storageClass;
            return null;
        }, ct);
    }

    /// <summary>Why this server cannot compress, with what to do about it; null if it can.</summary>
    public string? FindCompressionProblem() => engine.Compression.Contexts.FindProblem();

    /// <summary>What objects are compressed that are written from now on; null is none.</summary>
    /// <param name="compression">Valid: see <see cref="BucketCompression.Validate"/>.</param>
    public ValueTask<Result<Done>> SetCompressionAsync(string bucket, BucketCompression? compression, CancellationToken ct) =>
        UpdateAsync(bucket, record =>
        {
            record.Compression = compression?.ToRecord();
            return null;
        }, ct);

    /// <param name="acl">Opaque here; empty is the owner's default.</param>
    public ValueTask<Result<Done>> SetAclAsync(string bucket, ReadOnlyMemory<byte> acl, CancellationToken ct) =>
        UpdateAsync(bucket, record =>
        {
            record.Acl = ObjectInfos.ToField(acl);
            return null;
        }, ct);

    /// <summary>
    /// Turns object lock on, for good, and sets or (null) removes the default retention. A bucket that is not versioned is
    /// <see cref="ObjectFault.InvalidBucketState"/>.
    /// </summary>
    public ValueTask<Result<Done>> SetObjectLockAsync(string bucket, DefaultRetention? retention, CancellationToken ct) =>
        UpdateAsync(bucket, record =>
        {
            if (record.Versioning != (uint)VersioningState.Enabled)
                return new Failure(ObjectFault.InvalidBucketState) { Message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration" };
            record.ObjectLock = true;
            record.DefaultRetention = retention is null
                ? null
                : new DefaultRetentionRecord { Mode = (uint)retention.Mode, Days = (uint)retention.Days, Years = (uint)retention.Years };
            return null;
        }, ct);

    /// <summary>What new objects get whose writers ask for nothing; null removes it. A key that the key manager does not have is <see cref="ObjectFault.NoSuchKeyId"/>.</summary>
    public async ValueTask<Result<Done>> SetEncryptionAsync(string bucket, BucketEncryption? rule, CancellationToken ct)
    {
        // Refused now, rather than with every write to come.
        if (rule is not null && await engine.Keys.CheckAsync(rule.Method, rule.KeyId, ct) is { } refused) return refused;
        return await UpdateAsync(bucket, record =>
        {
            record.Encryption = rule is null ? null : new BucketEncryptionRecord
            {
                Method = (uint)rule.Method,
                KeyId = rule.KeyId ?? "",
                BucketKey = rule.BucketKey,
                BlocksCustomerKeys = rule.BlocksCustomerKeys,
            };
            return null;
        }, ct);
    }

    /// <summary>The rules by which changes are told to targets, in effect for every write that commits afterwards; none removes them.</summary>
    public async ValueTask<Result<Done>> SetNotificationAsync(string bucket, NotificationRecord rules, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            if (rules.Rules.Count > 0)
            {
                BucketConfigurations.Write(transaction, record.Id, NotificationRules.DocumentKind, rules.ToByteArray());
                record.Listeners |= Listeners.Notifications;
            }
            else
            {
                transaction.DeleteRange(SchemaKeys.Configurations(record.Id, NotificationRules.DocumentKind));
                record.Listeners &= ~Listeners.Notifications;
            }
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);

    /// <summary>Without rules if nothing is configured.</summary>
    public async ValueTask<Result<NotificationRecord>> GetNotificationAsync(string bucket, CancellationToken ct)
    {
        var found = await _configurations.GetAsync(bucket, NotificationRules.DocumentKind, ct);
        if (found.Fault == ObjectFault.NoSuchConfiguration) return new NotificationRecord();
        return found.IsOk ? NotificationRecord.Parser.ParseFrom(found.Value.Span) : found.Failure;
    }

    /// <summary>
    /// Sets where requests are recorded; null stops it. What stood before is returned, with the time when it was set; setting the same again changes
    /// nothing.
    /// </summary>
    public async ValueTask<Result<BucketLoggingChange>> SetLoggingAsync(string bucket, BucketLogging? logging, CancellationToken ct) =>
        await engine.Transactions.RunAsync<BucketLoggingChange>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            var before = BucketLogging.Of(record.Logging);
            if (Equals(before, logging)) return new BucketLoggingChange(before, IsChanged: false);
            record.Logging = logging is null ? null : (logging with { ModifiedAt = engine.Time.GetUtcNow() }).ToRecord();
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new BucketLoggingChange(before, IsChanged: true);
        }, ct);

    public async ValueTask<Result<BucketUsage>> GetUsageAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        return record is null ? ObjectFault.NoSuchBucket : await BucketCounters.ReadAsync(snapshot, record.Id, ct);
    }

    /// <summary>A configuration document (at most 1 MiB) of some kind ("policy", "cors", ...), opaque here; <see cref="ObjectFault.NoSuchConfiguration"/> if unset.</summary>
    public ValueTask<Result<ReadOnlyMemory<byte>>> GetConfigurationAsync(string bucket, string kind, CancellationToken ct) =>
        _configurations.GetAsync(bucket, kind, ct);

    public ValueTask<Result<Done>> PutConfigurationAsync(string bucket, string kind, ReadOnlyMemory<byte> document, CancellationToken ct) =>
        _configurations.PutAsync(bucket, kind, document, ct);

    /// <summary>Makes another document of the one that stands (null if none does), in one transaction; from null nothing changes, which is <see cref="ObjectFault.NoSuchConfiguration"/>.</summary>
    public ValueTask<Result<Done>> ChangeConfigurationAsync(string bucket, string kind, Func<ReadOnlyMemory<byte>?, byte[]?> change, CancellationToken ct) =>
        _configurations.ChangeAsync(bucket, kind, change, ct);

    /// <summary>Several documents in one transaction; null removes one.</summary>
    public ValueTask<Result<Done>> PutConfigurationsAsync(string bucket, IReadOnlyList<(string Kind, ReadOnlyMemory<byte>? Document)> documents, CancellationToken ct) =>
        _configurations.PutManyAsync(bucket, documents, ct);

    public ValueTask<Result<Done>> DeleteConfigurationAsync(string bucket, string kind, CancellationToken ct) =>
        _configurations.DeleteAsync(bucket, kind, ct);

    /// <summary>The bucket and some of its documents, of one moment; for those who keep what they made of them, see <see cref="BucketInfo.ConfigVersion"/>.</summary>
    public ValueTask<Result<BucketSettings>> GetSettingsAsync(string bucket, IReadOnlyList<string> kinds, CancellationToken ct) =>
        _configurations.GetManyAsync(bucket, kinds, ct);

    private async ValueTask<Result<Done>> UpdateAsync(string bucket, Func<BucketRecord, Failure?> change, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            if (change(record) is { } refused) return refused;
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);

    /// <summary>Outside of the transaction, which would conflict with every change of any bucket: those that are made at the same moment do not see each other.</summary>
    private async ValueTask<int> CountAsync(string ownerId, CancellationToken ct)
    {
        var count = 0;
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.OfTable(KvTables.Buckets));
        while (await cursor.MoveNextAsync(ct))
        {
            if (string.Equals(BucketRecord.Parser.ParseFrom(cursor.Value).OwnerId, ownerId, StringComparison.Ordinal)) count++;
        }
        return count;
    }

    private static KeyRange Behind(KeyRange range, byte[] key)
    {
        byte[] next = [.. key, 0];
        return range.From.Span.SequenceCompareTo(next) >= 0 ? range : range with { From = next };
    }

    internal static BucketInfo ToInfo(string name, BucketRecord record) => new(
        name, record.Id, record.OwnerId, record.Region, KvRecords.FromTicks(record.CreatedTicks), (VersioningState)record.Versioning, record.ObjectLock)
    {
        ConfigVersion = record.ConfigVersion,
        Acl = record.Acl.Memory,
        StorageClass = ObjectInfos.NullIfEmpty(record.StorageClass),
        Quota = BucketQuotas.QuotaOf(record),
        DefaultRetention = record.DefaultRetention is { } retention
            ? new DefaultRetention((RetentionMode)retention.Mode, (int)retention.Days, (int)retention.Years)
            : null,
        Encryption = record.Encryption is { } encryption
            ? new BucketEncryption((EncryptionMethod)encryption.Method, ObjectInfos.NullIfEmpty(encryption.KeyId), encryption.BucketKey, encryption.BlocksCustomerKeys)
            : null,
        Logging = BucketLogging.Of(record.Logging),
        Compression = BucketCompression.Of(record.Compression),
    };
}
