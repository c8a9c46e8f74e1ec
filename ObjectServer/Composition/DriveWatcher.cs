using ObjectStore.Erasure.Sets;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Storage;
using ObjectStore.Storage.Drives;

namespace ObjectStore.Server.Composition;

/// <summary>
/// Reports drives that stop serving, and opens them anew when they are back: a drive that was unplugged, moved or
/// had a bad minute joins again without a restart. Opening replays the drive's log, so nothing is taken on trust.
/// </summary>
internal sealed class DriveWatcher(
    DriveOpener opener, DriveSet set, IReadOnlyList<StoreDrive> drives, Guid store, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);
    private readonly Dictionary<DriveId, Outage> _outages = [];

    /// <param name="RetryAt">A drive that keeps failing is tried at growing intervals, so that it does not flap.</param>
    private sealed record Outage(DateTimeOffset RetryAt, TimeSpan Delay);

    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            foreach (var drive in drives) await LookAfterAsync(drive, ct);
        }
    }

    private async Task LookAfterAsync(StoreDrive drive, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (drive.Current.Health.State == DriveState.Online) return;
        if (!_outages.TryGetValue(drive.Id, out var outage) || outage.RetryAt == DateTimeOffset.MaxValue)
        {
            var delay = outage is null ? FirstRetry : TimeSpan.FromTicks(Math.Min(outage.Delay.Ticks * 2, LongestRetry.Ticks));
            _outages[drive.Id] = new Outage(now + delay, delay);
            StoreLog.DriveLatched(logger, drive.Directory, drive.Current.Health.Reason ?? "");
            return;
        }
        if (now < outage.RetryAt) return;
        if (HoldsTheDrive(drive) && await ReopenAsync(drive, ct)) _outages[drive.Id] = outage with { RetryAt = DateTimeOffset.MaxValue };
        else _outages[drive.Id] = outage with { RetryAt = now + outage.Delay };
    }

    // A look that says nothing while the directory is away: the outage was reported once.
    private static bool HoldsTheDrive(StoreDrive drive)
    {
        try
        {
            return DriveIdentity.TryRead(drive.FileSystem, drive.Directory) is { State: DriveDirectoryState.Formatted } found && found.Identity!.Drive == drive.Id;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<bool> ReopenAsync(StoreDrive drive, CancellationToken ct)
    {
        var old = drive.Current;
        // Closed first: two owners of one log would each seal the other's files.
        await old.DisposeAsync();
        if (await opener.TryOpenAsync(drive.Directory, store, ct) is not { } fresh) return false;
        drive.Current = fresh;
        set.Add(fresh, FailureDomain.Local);
        StoreLog.DriveReturned(logger, drive.Directory);
        return true;
    }
}
