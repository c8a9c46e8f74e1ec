using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// The versions of one key inside one transaction, and the only code that changes tables c, v and n. It keeps:
/// each version stands in exactly one of c and v; c holds the newest version unless that is a delete marker;
/// n names the null version exactly when it stands in v.
/// </summary>
internal sealed class KeyVersions
{
    private readonly IKvTransaction _transaction;
    private readonly BucketRecord _bucket;
    private readonly byte[] _key;
    private readonly ulong _nowTicks;
    private BucketCounters _counters;

    /// <summary>Null in a bucket without rules of lifecycle.</summary>
    private DueIndex? _due;

    /// <summary>The set of annotations that outlives the version that has it now.</summary>
    private ContentId _keptAnnotations;

    private KeyVersions(IKvTransaction transaction, BucketRecord bucket, byte[] key, ulong nowTicks)
    {
        _transaction = transaction;
        _bucket = bucket;
        _key = key;
        _nowTicks = nowTicks;
    }

    /// <summary>The current version; null if there is none or the newest is a delete marker.</summary>
    public VersionRecord? Current { get; private set; }

    public ContentReferences References => new(_transaction, _nowTicks);

    private VersioningState Versioning => (VersioningState)_bucket.Versioning;

    private bool MayHaveOthers => Versioning != VersioningState.Unversioned;

    /// <summary>When the version expires as the current one; null if no rule says so.</summary>
    public ObjectExpiration? ExpirationOf(VersionRecord record) => _due?.Rules.ExpirationOf(_key, record);

    public static async ValueTask<KeyVersions> LoadAsync(
        LifecycleRuleCache lifecycle, IKvTransaction transaction, BucketRecord bucket, byte[] key, ulong nowTicks, CancellationToken ct)
    {
        var versions = new KeyVersions(transaction, bucket, key, nowTicks);
        if (await lifecycle.GetAsync(transaction, bucket, ct) is { } rules) versions._due = new DueIndex(transaction, rules, bucket.Id, key, nowTicks);
        versions.Current = await VersionRows.GetCurrentAsync(transaction, bucket.Id, key, ct);
        return versions;
    }

    /// <summary>Whether the newest version is a delete marker.</summary>
    public async ValueTask<bool> EndsInMarkerAsync(CancellationToken ct) =>
        Current is null && MayHaveOthers && await VersionRows.GetNewestOtherAsync(_transaction, _bucket.Id, _key, ct) is not null;

    /// <summary>A sequence for a new version: above the bucket's last snapshot and above every version of the key.</summary>
    public async ValueTask<ulong> NextSequenceAsync(CancellationToken ct)
    {
        var newest = Current;
        if (newest is null && MayHaveOthers) newest = await VersionRows.GetNewestOtherAsync(_transaction, _bucket.Id, _key, ct);
        return Math.Max(_nowTicks, Math.Max(_bucket.LastSnapshot, newest?.Sequence ?? 0) + 1);
    }

    /// <summary>
    /// Makes <paramref name="record"/> (with its sequence from <see cref="NextSequenceAsync"/>) the newest version, as
    /// the bucket's versioning has it. The rows of its own content must be written before, so that a copy onto itself keeps its content.
    /// </summary>
    public async ValueTask InsertAsync(VersionRecord record, CancellationToken ct)
    {
        var isNull = Versioning != VersioningState.Enabled;
        if (isNull) record.Flags |= (uint)VersionFlags.Null;
        if (isNull) await DropNullVersionAsync(ct);
        if (Current is not null) MoveCurrentToOthers(record.ModifiedTicks);
        else if (_due is not null && MayHaveOthers) await NoteReplacedMarkerAsync(record.ModifiedTicks, ct);

        if (record.IsDeleteMarker())
        {
            PutOther(record);
            _due?.AddMarker(record);
            _transaction.Delete(SchemaKeys.Current(_bucket.Id, _key));
        }
        else
        {
            _transaction.PutRecord(SchemaKeys.Current(_bucket.Id, _key), record);
            _counters.CountCurrent(+1);
            Current = record;
            _due?.AddCurrent(record);
        }
        _counters.Count(record, +1);
    }

    /// <summary>The version of that sequence; null if there is none.</summary>
    public ValueTask<VersionRecord?> FindAsync(ulong sequence, CancellationToken ct) =>
        Current?.Sequence == sequence ? ValueTask.FromResult<VersionRecord?>(Current) : _transaction.GetRecordAsync(SchemaKeys.Version(_bucket.Id, _key, sequence), VersionRecord.Parser, ct);

    /// <summary>
    /// Makes <paramref name="record"/> a version with the sequence that it has, which no other version of the key has, in a bucket that keeps versions:
    /// the newest one, or behind those that are newer.
    /// </summary>
    public async ValueTask InsertInPlaceAsync(VersionRecord record, CancellationToken ct)
    {
        if (Versioning != VersioningState.Enabled) throw new InvalidOperationException("Only a bucket that keeps versions takes one in between.");
        var newest = Current ?? await VersionRows.GetNewestOtherAsync(_transaction, _bucket.Id, _key, ct);
        if (newest is null || newest.Sequence < record.Sequence)
        {
            await InsertAsync(record, ct);
            return;
        }
        PutOther(record);
        _counters.Count(record, +1);
        if (_due is not null) await NoteInsertedAsync(record, ct);
    }

    /// <summary>Removes one version for good; what was behind it becomes current if it is the newest then and no delete marker.</summary>
    public async ValueTask RemoveAsync(VersionRecord record, CancellationToken ct)
    {
        await UnlinkAsync(record, ct);
        if (Current?.Sequence == record.Sequence)
        {
            _transaction.Delete(SchemaKeys.Current(_bucket.Id, _key));
            _counters.CountCurrent(-1);
            _due?.RemoveCurrent(Current);
            Current = null;
        }
        else
        {
            DeleteOther(record);
        }
        if (Current is null && MayHaveOthers) await PromoteNewestAsync(ct);
    }

    /// <summary>Writes a version anew where it stands: one that is there already, with the same sequence, flags and content.</summary>
    public void Replace(VersionRecord record)
    {
        if (Current?.Sequence == record.Sequence)
        {
            _transaction.PutRecord(SchemaKeys.Current(_bucket.Id, _key), record);
            Current = record;
            _due?.AddCurrent(record);
        }
        else
        {
            _transaction.PutRecord(SchemaKeys.Version(_bucket.Id, _key, record.Sequence), record);
            _due?.AddNow(record.Sequence);
        }
    }

    /// <summary>Writes a version anew of which only the replication or the restored copy has changed, which no rule goes by.</summary>
    public void Restate(VersionRecord record)
    {
        var isCurrent = Current?.Sequence == record.Sequence;
        _transaction.PutRecord(isCurrent ? SchemaKeys.Current(_bucket.Id, _key) : SchemaKeys.Version(_bucket.Id, _key, record.Sequence), record);
        if (isCurrent) Current = record;
    }

    /// <summary>Puts a longer version in the current one's place, whose content it keeps and which is gone: nothing is released.</summary>
    public void GrowCurrent(VersionRecord record)
    {
        _counters.Count(Current!, -1);
        _counters.Count(record, +1);
        _due?.RemoveCurrent(Current!);
        _transaction.PutRecord(SchemaKeys.Current(_bucket.Id, _key), record);
        Current = record;
        _due?.AddCurrent(record);
    }

    /// <summary>Writes a version anew whose annotations have changed, and counts them.</summary>
    public void ReplaceAnnotated(VersionRecord before, VersionRecord after)
    {
        _counters.Count(before, -1);
        _counters.Count(after, +1);
        Replace(after);
    }

    /// <summary>Another version takes over this one's annotations: they stay when it goes.</summary>
    public void KeepAnnotationsOf(VersionRecord record) => _keptAnnotations = ContentId.FromField(record.Annotations?.Id ?? Google.Protobuf.ByteString.Empty);

    /// <summary>An upload has become a version: the row that would have it given up goes.</summary>
    public void ForgetUpload(UploadRows.Upload upload)
    {
        if (_due?.Rules.AbortOf(_key, upload.Record.InitiatedTicks) is { } abort) _transaction.Delete(SchemaKeys.DueUpload(abort.DueTicks, _bucket.Id, _key, upload.Id.Content));
    }

    /// <inheritdoc cref="BucketCounters.CountParts"/>
    public void CountParts(long bytes) => _counters.CountParts(bytes);

    /// <summary>Puts a version's bytes elsewhere: <paramref name="changed"/> is the same version but for that. The old content loses a reference.</summary>
    public async ValueTask SwapContentAsync(VersionRecord record, VersionRecord changed, MovedContent moved, CancellationToken ct)
    {
        var owner = new ContentOwner { BucketId = _bucket.Id, Key = Google.Protobuf.ByteString.CopyFrom(_key), Sequence = record.Sequence };
        await moved.PutAsync(_transaction, owner, _nowTicks, ct);
        if (record.Has(VersionFlags.Inline))
        {
            _transaction.Delete(SchemaKeys.Inline(_bucket.Id, _key, record.Sequence));
            changed.Flags &= ~(uint)VersionFlags.Inline;
        }
        await ReleaseContentAsync(record, ct);
        changed.ContentId = Google.Protobuf.ByteString.CopyFrom(moved.Id.ToBytes());
        changed.Flags |= (uint)VersionFlags.OwnsContent;
        Replace(changed);
    }

    /// <summary>Counts here what another key of the bucket has changed in the same transaction, so that only the sum must fit a quota.</summary>
    public void TakeCountersOf(KeyVersions other)
    {
        _counters.Add(other._counters);
        other._counters = default;
    }

    /// <summary>Writes what changed in the bucket's counts. Call once, last.</summary>
    public void WriteCounters(ulong shardBy) => _counters.Write(_transaction, _bucket, shardBy);

    /// <summary>
    /// Every version that leaves c and v goes through here: its bytes lose a reference. (A snapshot that still sees the
    /// version will keep the row, and with it the reference, at this place.)
    /// </summary>
    private async ValueTask UnlinkAsync(VersionRecord record, CancellationToken ct)
    {
        _counters.Count(record, -1);
        if (record.Has(VersionFlags.Inline)) _transaction.Delete(SchemaKeys.Inline(_bucket.Id, _key, record.Sequence));
        if (record.Annotations is { } annotations && ContentId.FromField(annotations.Id) is var set && set != _keptAnnotations) References.GiveUpAnnotations(set);
        await ReleaseContentAsync(record, ct);
        await ReleaseRestoredAsync(record, ct);
    }

    /// <summary>Gives a version the copy that was restored of it.</summary>
    public async ValueTask PutRestoredAsync(VersionRecord record, MovedContent moved, CancellationToken ct)
    {
        var owner = new ContentOwner { BucketId = _bucket.Id, Key = Google.Protobuf.ByteString.CopyFrom(_key), Sequence = record.Sequence };
        await moved.PutAsync(_transaction, owner, _nowTicks, ct);
        record.Restore.ContentId = Google.Protobuf.ByteString.CopyFrom(moved.Id.ToBytes());
        record.Restore.OwnsContent = true;
        Restate(record);
    }

    /// <summary>The copy that was restored of a version loses a reference. The caller takes it out of the version's row.</summary>
    public async ValueTask ReleaseRestoredAsync(VersionRecord record, CancellationToken ct)
    {
        if (record.Restore is not { ContentId.IsEmpty: false } restore) return;
        var content = ContentId.FromField(restore.ContentId);
        if (restore.OwnsContent) await References.ReleaseOwnerAsync(content, ct);
        else await References.ReleaseReferenceAsync(content, SchemaKeys.ReferenceByVersion(content, _bucket.Id, _key, record.Sequence), ct);
    }

    private async ValueTask ReleaseContentAsync(VersionRecord record, CancellationToken ct)
    {
        var content = ContentId.FromField(record.ContentId);
        if (content.IsNone) return;
        if (record.Has(VersionFlags.OwnsContent)) await References.ReleaseOwnerAsync(content, ct);
        else await References.ReleaseReferenceAsync(content, SchemaKeys.ReferenceByVersion(content, _bucket.Id, _key, record.Sequence), ct);
    }

    /// <summary>A new null version replaces the one before, wherever it stands.</summary>
    private async ValueTask DropNullVersionAsync(CancellationToken ct)
    {
        if (Current is not null && Current.Has(VersionFlags.Null))
        {
            RefuseLocked(Current);
            await UnlinkAsync(Current, ct);
            _transaction.Delete(SchemaKeys.Current(_bucket.Id, _key));
            _counters.CountCurrent(-1);
            _due?.RemoveCurrent(Current);
            Current = null;
            return;
        }
        if (!MayHaveOthers) return;
        var other = await VersionRows.GetNullOtherAsync(_transaction, _bucket.Id, _key, ct);
        if (other is null) return;
        RefuseLocked(other);
        await UnlinkAsync(other, ct);
        DeleteOther(other);
    }

    // A bucket with object lock stays versioned, so that no null version is replaced there. If its row says otherwise, the lock holds.
    private void RefuseLocked(VersionRecord replaced)
    {
        if (LockRules.CheckDelete(replaced, bypassGovernance: false, _nowTicks) is not null)
            throw new KvException(KvFault.Corrupt, "A locked null version would be replaced: a bucket with object lock is not versioned.");
    }

    private void MoveCurrentToOthers(ulong sinceTicks)
    {
        PutOther(Current!);
        _counters.CountCurrent(-1);
        _due?.RemoveCurrent(Current!);
        _due?.AddNoncurrent(Current!, sinceTicks);
        Current = null;
    }

    private async ValueTask NoteReplacedMarkerAsync(ulong sinceTicks, CancellationToken ct)
    {
        if (await VersionRows.GetNewestOtherAsync(_transaction, _bucket.Id, _key, ct) is { } marker) _due!.AddNoncurrent(marker, sinceTicks);
    }

    /// <summary>A version has come between others: those behind it have one more above them, and the next one another successor.</summary>
    private async ValueTask NoteInsertedAsync(VersionRecord record, CancellationToken ct)
    {
        _due!.AddNow(record.Sequence);
        using (var behind = _transaction.Scan(SchemaKeys.Versions(_bucket.Id, _key) with { From = SchemaKeys.Version(_bucket.Id, _key, record.Sequence) }))
        {
            while (await behind.MoveNextAsync(ct))
            {
                var other = VersionRecord.Parser.ParseFrom(behind.Value);
                if (other.Sequence == record.Sequence) continue;
                _due.AddNow(other.Sequence);
                break;
            }
        }
        // What is in excess is counted from the newest of table v on.
        if (!record.IsDeleteMarker() && await VersionRows.GetNewestOtherAsync(_transaction, _bucket.Id, _key, ct) is { } newest) _due.AddExcess(newest.Sequence);
    }

    private async ValueTask PromoteNewestAsync(CancellationToken ct)
    {
        var newest = await VersionRows.GetNewestOtherAsync(_transaction, _bucket.Id, _key, ct);
        if (newest is null) return;
        if (newest.IsDeleteMarker())
        {
            _due?.AddMarker(newest);
            return;
        }
        DeleteOther(newest);
        _transaction.PutRecord(SchemaKeys.Current(_bucket.Id, _key), newest);
        _counters.CountCurrent(+1);
        Current = newest;
        _due?.AddCurrent(newest);
    }

    private void PutOther(VersionRecord record)
    {
        _transaction.PutRecord(SchemaKeys.Version(_bucket.Id, _key, record.Sequence), record);
        if (!record.Has(VersionFlags.Null)) return;
        _transaction.Put(SchemaKeys.NullVersion(_bucket.Id, _key), VersionRows.EncodeSequence(record.Sequence));
    }

    private void DeleteOther(VersionRecord record)
    {
        _transaction.Delete(SchemaKeys.Version(_bucket.Id, _key, record.Sequence));
        if (record.Has(VersionFlags.Null)) _transaction.Delete(SchemaKeys.NullVersion(_bucket.Id, _key));
    }
}
