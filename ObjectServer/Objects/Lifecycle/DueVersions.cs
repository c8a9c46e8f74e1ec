using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Judges versions of one key inside one transaction, and does what is due of them.</summary>
internal sealed class DueVersions(
    ObjectEngine engine, IKvTransaction transaction, string bucketName, BucketRecord bucket, byte[] key, KeyVersions versions, LifecycleRules rules, ulong now,
    MoveWish wish, MovedContent? moved)
{
    /// <summary>Rows that are looked at for a version in excess: as many as rules may keep, and delete markers between them.</summary>
    private const int MaxScan = 1_000;

    /// <summary>A version that stands where its row says.</summary>
    private readonly record struct Place(VersionRecord Record, ulong SinceTicks, int Newer);

    public async ValueTask<DueOutcome> RunAsync(ulong sequence, CancellationToken ct)
    {
        if (versions.Current?.Sequence == sequence) return await RunCurrentAsync(versions.Current, ct);
        var record = await transaction.GetRecordAsync(SchemaKeys.Version(bucket.Id, key, sequence), VersionRecord.Parser, ct);
        if (record is null) return DueOutcome.Stale;
        return await FindPlaceAsync(record, ct) is { } place ? await RunNoncurrentAsync(place, mayMove: true, ct) : await RunMarkerAsync(record, ct);
    }

    /// <summary>
    /// A version became noncurrent: of each number that rules keep, the one version that this brought beyond it. (All that are
    /// behind were beyond it before, and went when they were due.)
    /// </summary>
    public async ValueTask<DueOutcome> RunExcessAsync(ulong sequence, CancellationToken ct)
    {
        var outcome = DueOutcome.Stale;
        foreach (var keep in rules.KeepCounts)
        {
            foreach (var candidate in await FindExcessAsync(sequence, keep, ct))
            {
                if (await FindPlaceAsync(candidate, ct) is not { } place) continue;
                var done = await RunNoncurrentAsync(place, mayMove: false, ct);
                if (done is not (DueOutcome.Stale or DueOutcome.Postponed)) outcome = done;
            }
        }
        return outcome;
    }

    private async ValueTask<DueOutcome> RunCurrentAsync(VersionRecord record, CancellationToken ct)
    {
        var plan = rules.JudgeCurrent(key, record, now);
        if (plan.Action == LifecycleAction.Transition) return await TransitionAsync(plan, record, ct);
        if (plan.Action != LifecycleAction.Expire) return Postpone(plan, record);
        if (bucket.Versioning == (uint)VersioningState.Unversioned)
        {
            await RemoveAsync(record, ct);
            return DueOutcome.Expired;
        }
        var marker = new VersionRecord
        {
            Sequence = await versions.NextSequenceAsync(ct),
            Nonce = engine.Ids.NextNonce(),
            Flags = (uint)VersionFlags.DeleteMarker,
            ModifiedTicks = now,
            OwnerId = bucket.OwnerId,
        };
        await versions.InsertAsync(marker, ct);
        await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, key, ChangeKind.ExpiredByMarker, marker, now, ChangeOrigin.Server), ct);
        await LogAsync(LifecycleLog.DeleteMarker, marker, ct);
        return DueOutcome.Expired;
    }

    private async ValueTask RemoveAsync(VersionRecord record, CancellationToken ct)
    {
        await versions.RemoveAsync(record, ct);
        await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, key, ChangeKind.Expired, record, now, ChangeOrigin.Server), ct);
        await LogAsync(LifecycleLog.Expiration, record, ct);
    }

    private ValueTask LogAsync(string operation, VersionRecord record, CancellationToken ct) =>
        LifecycleLog.AppendAsync(engine, transaction, bucketName, bucket, operation, key, record, now, ct);

    /// <param name="mayMove">A transaction makes one move at most; where it judges several versions, those that shall move get rows of their own.</param>
    private async ValueTask<DueOutcome> RunNoncurrentAsync(Place place, bool mayMove, CancellationToken ct)
    {
        var plan = rules.JudgeNoncurrent(key, place.Record, place.SinceTicks, place.Newer, now);
        if (plan.Action == LifecycleAction.Transition && mayMove) return await TransitionAsync(plan, place.Record, ct);
        if (plan.Action != LifecycleAction.Remove) return Postpone(plan, place.Record);
        await RemoveAsync(place.Record, ct);
        return place.Record.IsDeleteMarker() ? DueOutcome.MarkerRemoved : DueOutcome.Removed;
    }

    /// <summary>The newest version is a delete marker: it goes when nothing is behind it. When that comes about later, it gets a row then.</summary>
    private async ValueTask<DueOutcome> RunMarkerAsync(VersionRecord marker, CancellationToken ct)
    {
        // Rules of markers look at no lock: they are for what holds no bytes.
        if (!marker.IsDeleteMarker()) throw new KvException(KvFault.Corrupt, "The newest version of a key is no delete marker and not its current one.");
        var plan = rules.JudgeMarker(key, marker, now);
        if (plan.Action != LifecycleAction.Remove) return Postpone(plan, marker);
        using (var cursor = transaction.Scan(SchemaKeys.Versions(bucket.Id, key)))
        {
            if (!await cursor.MoveNextAsync(ct) || await cursor.MoveNextAsync(ct)) return DueOutcome.Stale;
        }
        await RemoveAsync(marker, ct);
        return DueOutcome.MarkerRemoved;
    }

    /// <summary>
    /// The version's bytes are in place already, or the move that was made fits it; else the wish says which move to make.
    /// The version stays the same one: id, ETag, dates and lock.
    /// </summary>
    private async ValueTask<DueOutcome> TransitionAsync(LifecyclePlan plan, VersionRecord record, CancellationToken ct)
    {
        if (engine.Tiers.Find(plan.StorageClass!) is { } tier) return await SendAsync(tier, record, ct);
        if (!engine.Classes.Has(plan.StorageClass!)) throw new InvalidDataException($"A rule asks for storage class {plan.StorageClass}, which this server does not have.");
        var scheme = engine.Classes.SchemeOf(plan.StorageClass!) ?? engine.Blobs.DefaultScheme;
        // The blobs are asked and not the class that it has now, whose scheme may have been another when they were written.
        var mustMove = !record.ContentId.IsEmpty
            && !await (await OpenContent.OpenAsync(engine, ContentId.FromField(record.ContentId), seal: null, ct)).UsesSchemeAsync(scheme, ct);
        if (mustMove && (moved is null || !moved.IsOf(record, new MoveTarget(scheme))))
        {
            (wish.Version, wish.Target) = (record, new MoveTarget(scheme));
            return DueOutcome.Postponed;
        }
        var changed = record.Clone();
        changed.StorageClass = plan.StorageClass == StorageClassTable.Standard ? "" : plan.StorageClass;
        if (mustMove) await versions.SwapContentAsync(record, changed, moved!, ct);
        else versions.Replace(changed);
        await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, key, ChangeKind.Transitioned, changed, now, ChangeOrigin.Server), ct);
        await LogAsync(LifecycleLog.TransitionInto(plan.StorageClass!), changed, ct);
        return DueOutcome.Transitioned;
    }

    /// <summary>Into another store: what has bytes is handed over to who serves that tier, and comes back here from its queue.</summary>
    private async ValueTask<DueOutcome> SendAsync(Tier tier, VersionRecord record, CancellationToken ct)
    {
        var mustMove = !record.ContentId.IsEmpty || record.Has(VersionFlags.Inline);
        if (mustMove && !wish.MaySend)
        {
            transaction.Put(TierKeys.Version(TierKeys.Moves, tier.StorageClass, bucket.Id, key, record.Sequence), ReadOnlyMemory<byte>.Empty);
            return DueOutcome.HandedOver;
        }
        if (mustMove && (moved is null || !moved.IsOf(record, new MoveTarget(engine.Blobs.DefaultScheme, tier))))
        {
            (wish.Version, wish.Target) = (record, new MoveTarget(engine.Blobs.DefaultScheme, tier));
            return DueOutcome.Postponed;
        }
        var changed = record.Clone();
        changed.StorageClass = tier.StorageClass;
        if (mustMove)
        {
            changed.Tier = new TierMarkRecord { MovedTicks = now };
            await versions.SwapContentAsync(record, changed, moved!, ct);
        }
        else
        {
            versions.Replace(changed);
        }
        await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, key, ChangeKind.Transitioned, changed, now, ChangeOrigin.Server), ct);
        await LogAsync(LifecycleLog.TransitionInto(tier.StorageClass), changed, ct);
        return DueOutcome.Transitioned;
    }

    private DueOutcome Postpone(LifecyclePlan plan, VersionRecord record)
    {
        if (plan.IsEmpty) return DueOutcome.Stale;
        transaction.Put(SchemaKeys.DueVersion(Math.Max(plan.DueTicks, now), bucket.Id, key, record.Sequence), ReadOnlyMemory<byte>.Empty);
        return DueOutcome.Postponed;
    }

    /// <summary>Since when a row of table v is noncurrent, and behind how many versions; null if it is its key's newest.</summary>
    private async ValueTask<Place?> FindPlaceAsync(VersionRecord record, CancellationToken ct)
    {
        var range = SchemaKeys.Versions(bucket.Id, key) with { To = SchemaKeys.Version(bucket.Id, key, record.Sequence) };
        VersionRecord? successor = null;
        var newer = 0;
        using (var cursor = transaction.Scan(range, reverse: true))
        {
            while ((successor is null || newer < rules.MaxKeepCount) && await cursor.MoveNextAsync(ct))
            {
                var other = VersionRecord.Parser.ParseFrom(cursor.Value);
                successor ??= other;
                if (!other.IsDeleteMarker()) newer++;
            }
        }
        successor ??= versions.Current;
        return successor is null ? null : new Place(record, successor.ModifiedTicks, newer);
    }

    /// <summary>From the version on, the rows behind <paramref name="keep"/> versions with content, up to the next such one.</summary>
    private async ValueTask<List<VersionRecord>> FindExcessAsync(ulong sequence, int keep, CancellationToken ct)
    {
        var found = new List<VersionRecord>();
        var range = SchemaKeys.Versions(bucket.Id, key) with { From = SchemaKeys.Version(bucket.Id, key, sequence) };
        var kept = 0;
        using var cursor = transaction.Scan(range);
        for (var i = 0; i < MaxScan && await cursor.MoveNextAsync(ct); i++)
        {
            var record = VersionRecord.Parser.ParseFrom(cursor.Value);
            if (kept == keep) found.Add(record);
            if (record.IsDeleteMarker()) continue;
            if (kept == keep) break;
            kept++;
        }
        return found;
    }
}
