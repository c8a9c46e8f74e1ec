using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Background;

/// <param name="LostShards">Rows of the ledger about single shards.</param>
/// <param name="LostDrives">Rows of the ledger about whole drives.</param>
/// <param name="Garbage">Contents that are unlinked and not freed yet, within their grace window or not.</param>
/// <param name="Due">What lifecycle has before it now.</param>
internal sealed record BacklogCounts(int LostShards, int LostDrives, int Garbage, int Due = 0)
{
    /// <summary>All that is stored has its full redundancy.</summary>
    public bool IsHealed => LostShards == 0 && LostDrives == 0;
}

/// <summary>
/// Counts what background work has before it, now and then, so that health and metrics answer from memory. A count
/// ends at <see cref="MaxCount"/>: that it is many is all that one needs to know then.
/// </summary>
internal sealed class BackgroundCensus(IKeyValueStore store, TimeProvider time)
{
    public const int MaxCount = 10_000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(10);

    /// <summary>Null until the first count.</summary>
    public BacklogCounts? Last { get; private set; }

    /// <summary>Counts until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            do
            {
                await CountAsync(ct);
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: there is nothing to keep.
            return;
        }
    }

    /// <exception cref="KvException">The metadata did not answer.</exception>
    public async ValueTask<BacklogCounts> CountAsync(CancellationToken ct)
    {
        using var snapshot = store.Snapshot();
        return Last = new BacklogCounts(
            await CountAsync(snapshot, KvTables.LostShards, ct),
            await CountAsync(snapshot, KvTables.LostDrives, ct),
            await CountAsync(snapshot, KvTables.Garbage, ct),
            await CountDueAsync(snapshot, time.GetUtcNow().ToTicks(), ct));
    }

    private static async ValueTask<int> CountDueAsync(IKvReader reader, ulong nowTicks, CancellationToken ct)
    {
        var count = 0;
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Due));
        while (count < MaxCount && await cursor.MoveNextAsync(ct) && DueRow.TicksOf(cursor.Key) <= nowTicks) count++;
        return count;
    }

    private static async ValueTask<int> CountAsync(IKvReader reader, byte table, CancellationToken ct)
    {
        var count = 0;
        using var cursor = reader.Scan(SchemaKeys.OfTable(table));
        while (count < MaxCount && await cursor.MoveNextAsync(ct)) count++;
        return count;
    }
}
