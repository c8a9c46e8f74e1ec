using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Writes changes for those who listen, in the transaction of the change: what commits is told, what does not is not. A bucket to
/// which nobody listens costs one comparison.
/// </summary>
/// <remarks>
/// Order: a position is taken inside the transaction, after its snapshot. Two changes of one key conflict, so that the one that
/// commits second has begun after the first was committed, and has the greater position. Changes of different keys may appear out
/// of order; who consumes a queue therefore removes rows and begins at the front, and never skips by position alone.
/// </remarks>
internal sealed partial class ChangeQueue(IKeyValueStore store)
{
    private readonly NotificationRuleCache _notifications = new();
    private readonly ChangeSignal _written = new();
    private long _last;
    private volatile bool _isSeeded;

    /// <summary>Call once a transaction, for each change of it, before it commits.</summary>
    /// <param name="versions">Those of the change's key, with the change done: what is to be replicated is marked so in its row.</param>
    public ValueTask AddAsync(IKvTransaction transaction, BucketRecord bucket, KeyVersions versions, in Change change, CancellationToken ct) =>
        bucket.Listeners == 0 ? ValueTask.CompletedTask : AddForListenersAsync(transaction, bucket, versions, change, ct);

    /// <summary>To be called after commits: wakes who waits for changes.</summary>
    public void Committed()
    {
        _written.Committed();
        Replication.Committed();
    }

    /// <inheritdoc cref="ChangeSignal.Wake"/>
    public void Wake() => _written.Wake();

    /// <inheritdoc cref="ChangeSignal.WaitAsync"/>
    public ValueTask WaitAsync(TimeSpan limit, CancellationToken ct) => _written.WaitAsync(limit, ct);

    /// <summary>Takes changes out of their queue, in the transaction that is given. Those that somebody else has taken out are passed over.</summary>
    public static async ValueTask RemoveAsync(IKvTransaction transaction, byte sort, string queue, IReadOnlyCollection<ulong> positions, CancellationToken ct)
    {
        var removed = 0;
        foreach (var position in positions)
        {
            var key = QueueKeys.Change(sort, queue, position);
            // Read, so that two who take out the same one conflict, and it is counted once.
            if (await transaction.GetAsync(key, ct) is null) continue;
            transaction.Delete(key);
            removed++;
        }
        if (removed > 0) transaction.Add(QueueKeys.Count(sort, queue), -removed);
    }

    private async ValueTask AddForListenersAsync(IKvTransaction transaction, BucketRecord bucket, KeyVersions versions, Change change, CancellationToken ct)
    {
        if ((bucket.Listeners & Listeners.Replication) != 0) await AddForReplicationAsync(transaction, bucket, versions, change, ct);
        if ((bucket.Listeners & Listeners.Notifications) == 0) return;
        var rules = await _notifications.GetAsync(transaction, bucket, ct);
        if (rules.Find(change.Kind, change.Key) is not { } rule) return;
        if (!_isSeeded) await SeedAsync(ct);
        var position = NextPosition(Math.Max(change.NowTicks, change.Version.Sequence));
        transaction.PutRecord(QueueKeys.Change(QueueKeys.Notifications, rule.TargetArn, position), ToRecord(bucket, change, rule.Id));
        transaction.Add(QueueKeys.Count(QueueKeys.Notifications, rule.TargetArn), 1);
        _written.Expect();
    }

    private static ChangeRecord ToRecord(BucketRecord bucket, in Change change, string ruleId)
    {
        var version = change.Version;
        var isMarker = version.IsDeleteMarker();
        return new ChangeRecord
        {
            Kind = (uint)change.Kind,
            BucketId = bucket.Id,
            Bucket = change.Bucket,
            Key = ByteString.CopyFrom(change.Key),
            Sequence = version.Sequence,
            VersionId = bucket.Versioning == (uint)VersioningState.Unversioned ? "" : VersionId.NameOf(version),
            Size = version.Length,
            Etag = isMarker ? "" : ObjectInfos.ETagOf(version.Etag.Span, (int)version.PartCount),
            TimeTicks = change.NowTicks,
            RequestId = change.Origin.RequestId,
            HostId = change.Origin.HostId,
            SourceAddress = change.Origin.SourceAddress is { } address ? ByteString.CopyFrom(address.GetAddressBytes()) : ByteString.Empty,
            PrincipalId = change.Origin.PrincipalId,
            RuleId = ruleId,
            BucketOwnerId = bucket.OwnerId,
            Region = bucket.Region,
            StorageClass = version.StorageClass,
            Annotation = change.Annotation ?? "",
            RestoredUntilTicks = change.Kind == ChangeKind.Restored ? version.Restore?.ExpiresTicks ?? 0 : 0,
            Destination = change.Replication?.DestinationArn ?? "",
            Reason = change.Replication?.Reason ?? "",
            ReplicationRuleId = change.Replication?.RuleId ?? "",
        };
    }

    private ulong NextPosition(ulong least)
    {
        while (true)
        {
            var last = Interlocked.Read(ref _last);
            var next = Math.Max((long)least, last + 1);
            if (Interlocked.CompareExchange(ref _last, next, last) == last) return (ulong)next;
        }
    }

    /// <summary>Above all positions that are stored: the clock may have been set back while the server was down.</summary>
    private async ValueTask SeedAsync(CancellationToken ct)
    {
        using var snapshot = store.Snapshot();
        foreach (var sort in (byte[])[QueueKeys.Notifications, QueueKeys.Replication])
        {
            foreach (var name in await NamesAsync(snapshot, sort, ct))
            {
                using var cursor = snapshot.Scan(QueueKeys.OfQueue(sort, name), reverse: true);
                if (await cursor.MoveNextAsync(ct)) NextPosition(QueueKeys.Position(cursor.Key));
            }
        }
        _isSeeded = true;
    }

    /// <summary>The first changes of a queue.</summary>
    public static async ValueTask<List<QueuedChange>> ReadAsync(IKvReader reader, byte sort, string queue, int limit, CancellationToken ct)
    {
        var changes = new List<QueuedChange>();
        using var cursor = reader.Scan(QueueKeys.OfQueue(sort, queue));
        while (changes.Count < limit && await cursor.MoveNextAsync(ct))
            changes.Add(new QueuedChange(QueueKeys.Position(cursor.Key), ChangeRecord.Parser.ParseFrom(cursor.Value)));
        return changes;
    }

    /// <summary>How many changes each queue has.</summary>
    public static async ValueTask<Dictionary<string, long>> CountsAsync(IKvReader reader, byte sort, CancellationToken ct)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        using var cursor = reader.Scan(QueueKeys.Counts);
        while (await cursor.MoveNextAsync(ct))
        {
            var queue = QueueKeys.Queue(cursor.Key);
            if (queue.Sort == sort) counts[queue.Name] = BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
        }
        return counts;
    }

    /// <summary>The queues that have rows, one look-up each.</summary>
    public static async ValueTask<List<string>> NamesAsync(IKvReader reader, byte sort, CancellationToken ct)
    {
        var names = new List<string>();
        using var cursor = reader.Scan(QueueKeys.OfSort(sort));
        var found = await cursor.MoveNextAsync(ct);
        while (found)
        {
            var (_, name) = QueueKeys.Queue(cursor.Key);
            names.Add(name);
            found = await cursor.SeekAsync(QueueKeys.OfQueue(sort, name).To, ct);
        }
        return names;
    }

    /// <summary>How S3 names the place of a change among those of its key: to be compared as text of equal length.</summary>
    public static string SequencerOf(ulong position) => position.ToString("X16", CultureInfo.InvariantCulture);
}
