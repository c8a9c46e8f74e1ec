using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// After a change of a bucket's rules goes once through its versions and uploads, and gives those a row of which something will
/// be due. It reads a snapshot and conflicts with no writer: the rules were in force before the walk began, so whatever is written
/// meanwhile has its row already, and a row too many does no harm.
/// </summary>
internal sealed class LifecycleWalker(ObjectEngine engine)
{
    /// <summary>Rows that one step looks at.</summary>
    public const int StepRows = 500;

    private static readonly byte[] Tables = [KvTables.CurrentVersions, KvTables.OtherVersions, KvTables.Uploads];

    /// <param name="Rows">Keys of table t to write.</param>
    /// <param name="Cursor">Where the next step goes on; null at the end.</param>
    private sealed record Step(List<byte[]> Rows, byte[]? Cursor);

    public async ValueTask<Result<DueOutcome>> StepAsync(DueRow row, string bucketName, CancellationToken ct)
    {
        Step step;
        using (var snapshot = engine.Store.Snapshot())
        {
            var walk = await snapshot.GetRecordAsync(row.RowKey, LifecycleWalkRecord.Parser, ct);
            var bucket = await ObjectEngine.GetBucketAsync(snapshot, bucketName, ct);
            if (walk is null || !IsOf(bucket, row, walk) || await engine.Lifecycle.GetAsync(snapshot, bucket!, ct) is not { } rules) step = new Step([], null);
            else step = await new Reader(snapshot, row.BucketId, rules, engine.NowTicks()).ReadAsync(walk.Cursor.ToByteArray(), ct);
        }
        return await engine.Transactions.RunAsync<DueOutcome>(async transaction =>
        {
            var walk = await transaction.GetRecordAsync(row.RowKey, LifecycleWalkRecord.Parser, ct);
            if (walk is null) return DueOutcome.Walked;
            // Rules that came meanwhile have a walk of their own.
            if (!IsOf(await ObjectEngine.GetBucketAsync(transaction, bucketName, ct), row, walk)) step = new Step([], null);
            foreach (var key in step.Rows) transaction.Put(key, ReadOnlyMemory<byte>.Empty);
            if (step.Cursor is null)
            {
                transaction.Delete(row.RowKey);
                return DueOutcome.Walked;
            }
            walk.Cursor = Google.Protobuf.ByteString.CopyFrom(step.Cursor);
            transaction.PutRecord(row.RowKey, walk);
            return DueOutcome.Walking;
        }, ct);
    }

    private static bool IsOf(BucketRecord? bucket, DueRow row, LifecycleWalkRecord walk) =>
        bucket is not null && bucket.Id == row.BucketId && bucket.LifecycleVersion == walk.LifecycleVersion;

    private sealed class Reader(IKvReader snapshot, ulong bucketId, LifecycleRules rules, ulong now)
    {
        private readonly List<byte[]> _rows = [];

        /// <summary>The row of table v before the one that is looked at; null at the beginning of a step.</summary>
        private (byte[] Key, VersionRecord Record)? _before;

        public async ValueTask<Step> ReadAsync(byte[] cursorKey, CancellationToken ct)
        {
            var left = StepRows;
            var first = cursorKey.Length == 0 ? 0 : Array.IndexOf(Tables, cursorKey[0]);
            for (var i = first; i < Tables.Length; i++)
            {
                var range = SchemaKeys.OfBucket(Tables[i], bucketId);
                if (i == first && cursorKey.Length > 0) range = range with { From = KeyEncoding.Successor(cursorKey) };
                using var cursor = snapshot.Scan(range);
                while (await cursor.MoveNextAsync(ct))
                {
                    await LookAsync(cursor.Key.ToArray(), cursor.Value.ToArray(), ct);
                    if (--left == 0) return new Step(_rows, cursor.Key.ToArray());
                }
            }
            return new Step(_rows, null);
        }

        private async ValueTask LookAsync(byte[] rowKey, byte[] value, CancellationToken ct)
        {
            var key = KeyOf(rowKey);
            switch (rowKey[0])
            {
                case KvTables.Uploads:
                    var upload = UploadRecord.Parser.ParseFrom(value);
                    if (rules.AbortOf(key, upload.InitiatedTicks) is { } abort)
                        _rows.Add(SchemaKeys.DueUpload(Math.Max(abort.DueTicks, now), bucketId, key, SchemaKeys.TrailingContent(rowKey)));
                    break;
                case KvTables.CurrentVersions:
                    var current = VersionRecord.Parser.ParseFrom(value);
                    Add(rules.JudgeCurrent(key, current, now), key, current.Sequence);
                    break;
                default:
                    await LookAtOtherAsync(key, VersionRecord.Parser.ParseFrom(value), ct);
                    break;
            }
        }

        private async ValueTask LookAtOtherAsync(byte[] key, VersionRecord record, CancellationToken ct)
        {
            var successor = _before is null ? await FindNewerAsync(key, record.Sequence, ct)
                : _before.Value.Key.AsSpan().SequenceEqual(key) ? _before.Value.Record
                : null;
            successor ??= await VersionRows.GetCurrentAsync(snapshot, bucketId, key, ct);
            _before = (key, record);
            if (successor is not null) Add(rules.JudgeNoncurrent(key, record, successor.ModifiedTicks, int.MaxValue, now), key, record.Sequence);
            else if (record.IsDeleteMarker()) Add(rules.JudgeMarker(key, record, now), key, record.Sequence);
            else _rows.Add(SchemaKeys.DueVersion(now, bucketId, key, record.Sequence));
        }

        private async ValueTask<VersionRecord?> FindNewerAsync(byte[] key, ulong sequence, CancellationToken ct)
        {
            using var cursor = snapshot.Scan(SchemaKeys.Versions(bucketId, key) with { To = SchemaKeys.Version(bucketId, key, sequence) }, reverse: true);
            return await cursor.MoveNextAsync(ct) ? VersionRecord.Parser.ParseFrom(cursor.Value) : null;
        }

        private void Add(LifecyclePlan plan, byte[] key, ulong sequence)
        {
            if (!plan.IsEmpty) _rows.Add(SchemaKeys.DueVersion(Math.Max(plan.DueTicks, now), bucketId, key, sequence));
        }

        private static byte[] KeyOf(byte[] rowKey)
        {
            var key = new byte[rowKey.Length];
            return key[..SchemaKeys.ReadObjectKey(rowKey, key)];
        }
    }
}
