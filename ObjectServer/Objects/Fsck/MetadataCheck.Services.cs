using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal sealed partial class MetadataCheck
{
    private const int LogRowKeyBytes = 2 + 16 + 8 + 4 + 8;
    private const int LogSpoolKeyBytes = 2 + 16 + 4 + 4;

    /// <summary>Rows of what the store writes into buckets by itself are whole, and stand where they belong. Their buckets may be gone.</summary>
    private async ValueTask CheckServicesAsync(CancellationToken ct)
    {
        using (var cursor = reader.Scan(SchemaKeys.LogRows()))
        {
            while (await cursor.MoveNextAsync(ct)) CheckLogRow(cursor.Key, LogRowRecord.Parser.ParseFrom(cursor.Value));
        }
        using (var cursor = reader.Scan(SchemaKeys.LogSpools()))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                if (cursor.Key.Length != LogSpoolKeyBytes || cursor.Value.Length != sizeof(long)) Report("A position in the spool of access logs is of another form.");
            }
        }
        await CheckAnalysesAsync(ct);
    }

    /// <summary>Counters and days belong to an analysis that has a state; nothing else removes them.</summary>
    private async ValueTask CheckAnalysesAsync(CancellationToken ct)
    {
        var known = new HashSet<(ulong, string)>();
        using (var cursor = reader.Scan(SchemaKeys.AnalyticsOfAll()))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                known.Add(SchemaKeys.AnalyticsOwner(cursor.Key));
                if (AnalyticsStateRecord.Parser.ParseFrom(cursor.Value).Bucket.Length == 0) Report("The state of an analysis names no bucket.");
            }
        }
        foreach (var kind in "cd"u8.ToArray())
        {
            using var cursor = reader.Scan(SchemaKeys.AnalyticsRows(kind));
            while (await cursor.MoveNextAsync(ct))
            {
                var owner = SchemaKeys.AnalyticsOwner(cursor.Key);
                if (!known.Contains(owner)) Report($"A row of the analysis {owner.Id} of bucket {owner.BucketId:x16} has outlived it.");
                else if (kind == (byte)'d') AnalyticsDayRecord.Parser.ParseFrom(cursor.Value);
            }
        }
    }

    private void CheckLogRow(ReadOnlySpan<byte> key, LogRowRecord row)
    {
        if (key.Length != LogRowKeyBytes || row.Logging is null)
        {
            Report("A row of access logs is of another form.");
            return;
        }
        if (SchemaKeys.LogStream(key) != LogStreams.IdOf(BucketLogging.Of(row.Logging)!, row.TargetBucketId, row.SourceBucketId))
            Report($"A row of access logs of bucket {row.SourceBucket} is in the stream of others.");
        if (row.Count == 0 || row.Lines.Span.Count((byte)'\n') != row.Count) Report($"A row of access logs of bucket {row.SourceBucket} has other records than it says.");
    }
}
