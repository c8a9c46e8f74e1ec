using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <summary>
/// Keeps the part of the redundancy ledger that is about whole drives (table l): a drive that has been away for too long
/// counts as lost, and its row stands for every shard that it holds. The row goes when the drive serves again; what it
/// missed while it was away stands in table h.
/// </summary>
/// <param name="lostAfter">How long a drive may be away, across restarts, before it counts as lost.</param>
internal sealed class LostDrives(IKeyValueStore store, Func<DriveId, bool> isServing, TimeSpan lostAfter, TimeProvider time, ILogger logger)
{
    public static readonly TimeSpan DefaultLostAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(30);

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            do
            {
                await LookAsync(ct);
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: since when a drive has been away is written down.
            return;
        }
    }

    /// <summary>Compares the drives of the store with those that serve, and writes down what has changed.</summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public async ValueTask LookAsync(CancellationToken ct)
    {
        using var transaction = store.Begin();
        var changes = new List<Action>();
        foreach (var drive in await DriveRegistry.ReadDrivesAsync(transaction, ct))
        {
            if (await NoteAsync(transaction, drive, ct) is { } tell) changes.Add(tell);
        }
        if (changes.Count == 0) return;
        await transaction.CommitAsync(ct);
        foreach (var tell in changes) tell();
    }

    /// <summary>What to tell once it is committed; null if nothing has changed.</summary>
    private async ValueTask<Action?> NoteAsync(IKvTransaction transaction, RegisteredDrive drive, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var lostKey = SchemaKeys.LostDrive(drive.Id);
        var isLost = await transaction.GetAsync(lostKey, ct) is not null;
        if (isServing(drive.Id))
        {
            if (drive.AbsentSince is null && !isLost) return null;
            await PutAbsentAsync(transaction, drive.Id, 0, ct);
            transaction.Delete(lostKey);
            return isLost ? () => StoreLog.DriveNotLost(logger, drive.Id, drive.Path) : static () => { };
        }
        if (drive.AbsentSince is not { } since)
        {
            await PutAbsentAsync(transaction, drive.Id, now.ToTicks(), ct);
            return () => StoreLog.DriveAbsent(logger, drive.Id, drive.Path);
        }
        if (isLost || now - since < lostAfter) return null;
        transaction.PutRecord(lostKey, new LostDriveRecord { NoticedTicks = now.ToTicks(), AbsentTicks = since.ToTicks(), Path = drive.Path });
        return () => StoreLog.DriveLost(logger, drive.Id, drive.Path, since);
    }

    private static async ValueTask PutAbsentAsync(IKvTransaction transaction, DriveId drive, ulong ticks, CancellationToken ct)
    {
        var key = SchemaKeys.RegisteredDrive(drive);
        if (await transaction.GetRecordAsync(key, DriveRecord.Parser, ct) is not { } record) return;
        record.AbsentTicks = ticks;
        transaction.PutRecord(key, record);
    }
}
