using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Proves on one snapshot that nothing can be missed by lifecycle: every version and upload of which something will be due has a
/// row of table t at that time or before, or its bucket is still to be gone through. Keeps all rows in memory, like <see cref="MetadataCheck"/>.
/// </summary>
internal sealed class DueCheck(IKvReader reader, LifecycleRuleCache lifecycle, ulong nowTicks)
{
    private readonly List<string> _problems = [];
    private readonly Dictionary<string, ulong> _rows = [];
    private readonly Dictionary<string, ulong> _restores = new(StringComparer.Ordinal);
    private readonly HashSet<ulong> _walking = [];

    /// <summary>Keys of which a version in excess is still to be looked for.</summary>
    private readonly HashSet<string> _excess = [];

    /// <summary>One line for each that would be missed.</summary>
    public async ValueTask<IReadOnlyList<string>> RunAsync(CancellationToken ct)
    {
        await ReadRowsAsync(ct);
        await ReadMovesAsync(ct);
        await CheckRestoresAsync(ct);
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Buckets));
        while (await cursor.MoveNextAsync(ct))
        {
            var bucket = BucketRecord.Parser.ParseFrom(cursor.Value);
            if (!_walking.Contains(bucket.Id) && await lifecycle.GetAsync(reader, bucket, ct) is { } rules) await CheckAsync(bucket.Id, rules, ct);
        }
        return _problems;
    }

    private async ValueTask ReadRowsAsync(CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Due));
        while (await cursor.MoveNextAsync(ct))
        {
            var row = DueRow.Parse(cursor.Key);
            if (row.Kind == DueKind.Walk) _walking.Add(row.BucketId);
            else if (row.Kind == DueKind.Excess) _excess.Add(NameOf(row.BucketId, row.ObjectKey, 0, default));
            else if (row.Kind == DueKind.Restore) _restores.TryAdd(NameOf(row.BucketId, row.ObjectKey, row.Sequence, default), row.DueTicks);
            // Rows are ordered by time: the first one of a version is its earliest.
            else _rows.TryAdd(NameOf(row.BucketId, row.ObjectKey, row.Sequence, row.Upload), row.DueTicks);
        }
    }

    /// <summary>Versions that wait for their tier have been due.</summary>
    private async ValueTask ReadMovesAsync(CancellationToken ct)
    {
        using var cursor = reader.Scan(TierKeys.OfSort(TierKeys.Moves));
        while (await cursor.MoveNextAsync(ct))
        {
            var row = TierKeys.ParseVersion(cursor.Key);
            _rows[NameOf(row.BucketId, row.ObjectKey, row.Sequence, default)] = 0;
        }
    }

    /// <summary>A restored copy has a row by which it goes; one that is asked for, one by which it is made.</summary>
    private async ValueTask CheckRestoresAsync(CancellationToken ct)
    {
        var waiting = new HashSet<string>(StringComparer.Ordinal);
        using (var cursor = reader.Scan(TierKeys.OfSort(TierKeys.Restores)))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                var row = TierKeys.ParseVersion(cursor.Key);
                waiting.Add(NameOf(row.BucketId, row.ObjectKey, row.Sequence, default));
            }
        }
        foreach (var table in (byte[])[KvTables.CurrentVersions, KvTables.OtherVersions])
        {
            using var cursor = reader.Scan(SchemaKeys.OfTable(table));
            while (await cursor.MoveNextAsync(ct))
            {
                var record = VersionRecord.Parser.ParseFrom(cursor.Value);
                if (record.Restore is not { } restore) continue;
                var name = NameOf(SchemaKeys.BucketId(cursor.Key), KeyOf(cursor.Key), record.Sequence, default);
                if (restore.ContentId.IsEmpty && !waiting.Contains(name)) _problems.Add($"{name} waits for a restore that no row asks for.");
                if (!restore.ContentId.IsEmpty && !(_restores.TryGetValue(name, out var at) && at <= Math.Max(restore.ExpiresTicks, nowTicks))) _problems.Add($"{name} has a restored copy that no row takes away.");
            }
        }
    }

    private async ValueTask CheckAsync(ulong bucketId, LifecycleRules rules, CancellationToken ct)
    {
        await EachAsync(KvTables.CurrentVersions, bucketId, (key, value) =>
        {
            var record = VersionRecord.Parser.ParseFrom(value);
            Expect(bucketId, key, rules.JudgeCurrent(key, record, nowTicks), record.Sequence);
            return ValueTask.CompletedTask;
        }, ct);
        using (var uploads = reader.Scan(SchemaKeys.OfBucket(KvTables.Uploads, bucketId)))
        {
            while (await uploads.MoveNextAsync(ct))
            {
                var (key, id) = (KeyOf(uploads.Key), SchemaKeys.TrailingContent(uploads.Key));
                if (rules.AbortOf(key, UploadRecord.Parser.ParseFrom(uploads.Value).InitiatedTicks) is { } abort) Expect(NameOf(bucketId, key, 0, id), abort.DueTicks);
            }
        }
        var before = (Key: Array.Empty<byte>(), Record: default(VersionRecord), Newer: 0);
        await EachAsync(KvTables.OtherVersions, bucketId, async (key, value) =>
        {
            var record = VersionRecord.Parser.ParseFrom(value);
            if (!before.Key.AsSpan().SequenceEqual(key)) before = (key, await VersionRows.GetCurrentAsync(reader, bucketId, key, ct), 0);
            if (before.Record is { } successor)
            {
                if (!_excess.Contains(NameOf(bucketId, key, 0, default))) Expect(bucketId, key, rules.JudgeNoncurrent(key, record, successor.ModifiedTicks, before.Newer, nowTicks), record.Sequence);
                before = (key, record, before.Newer + (record.IsDeleteMarker() ? 0 : 1));
            }
            else
            {
                // The newest is a marker, which goes only where it is alone.
                using var others = reader.Scan(SchemaKeys.Versions(bucketId, key));
                var isAlone = await others.MoveNextAsync(ct) && !await others.MoveNextAsync(ct);
                if (isAlone) Expect(bucketId, key, rules.JudgeMarker(key, record, nowTicks), record.Sequence);
                before = (key, record, 0);
            }
        }, ct);
    }

    private async ValueTask EachAsync(byte table, ulong bucketId, Func<byte[], byte[], ValueTask> look, CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.OfBucket(table, bucketId));
        while (await cursor.MoveNextAsync(ct)) await look(KeyOf(cursor.Key), cursor.Value.ToArray());
    }

    private void Expect(ulong bucketId, byte[] key, LifecyclePlan plan, ulong sequence)
    {
        if (!plan.IsEmpty) Expect(NameOf(bucketId, key, sequence, default), plan.DueTicks);
    }

    private void Expect(string name, ulong dueTicks)
    {
        // What is due already has the time at which that could be known.
        if (!_rows.TryGetValue(name, out var at)) _problems.Add($"{name} will be due at {KvRecords.FromTicks(dueTicks):u} and has no row.");
        else if (at > Math.Max(dueTicks, nowTicks)) _problems.Add($"{name} will be due at {KvRecords.FromTicks(dueTicks):u}, and its row only at {KvRecords.FromTicks(at):u}.");
    }

    private static byte[] KeyOf(ReadOnlySpan<byte> rowKey)
    {
        var key = new byte[rowKey.Length];
        return key[..SchemaKeys.ReadObjectKey(rowKey, key)];
    }

    private static string NameOf(ulong bucketId, byte[] key, ulong sequence, ContentId upload) =>
        upload.IsNone ? $"version {bucketId:x}/{Convert.ToHexString(key)}/{sequence}" : $"upload {bucketId:x}/{Convert.ToHexString(key)}/{upload}";
}
