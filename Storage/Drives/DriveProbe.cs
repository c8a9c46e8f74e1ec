using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>
/// Looks every second whether the drive's path still leads to the drive: a directory that was moved away, unmounted
/// or made unreadable goes unnoticed by files that are open. Also reads the free space anew, and notices a log that
/// has latched and a device that hangs.
/// </summary>
internal sealed class DriveProbe : IDisposable
{
    private readonly Drive _drive;
    private readonly DriveOptions _options;
    private readonly TimeProvider _time;
    private readonly DriveWorkers _thread;
    private readonly ITimer? _timer;
    private long _startedAt;
    private int _running;

    public DriveProbe(Drive drive, DriveOptions options, TimeProvider time)
    {
        _drive = drive;
        _options = options;
        _time = time;
        _thread = new DriveWorkers("probe-" + Path.GetFileName(drive.Location), 1, queueLimit: 1);
        if (options.ProbeInterval > TimeSpan.Zero)
            _timer = time.CreateTimer(static probe => ((DriveProbe)probe!).Tick(), this, options.ProbeInterval, options.ProbeInterval);
    }

    /// <summary>One look. Blocks.</summary>
    public void Look()
    {
        if (_drive.LogHealth is not null) return;
        try
        {
            var identity = DriveIdentity.ReadFile(_drive.FileSystem, Path.Combine(_drive.Location, DriveIdentity.FileName));
            if (identity is null) _drive.Latch($"{DriveIdentity.FileName} no longer verifies.");
            else if (identity != _drive.Identity) _drive.Latch($"another drive ({identity.Drive}) has come in its place.");
            else _drive.RefreshSpace();
        }
        catch (FileSystemException e) when (e.Fault == FileFault.NotFound)
        {
            _drive.Latch("its directory was moved away or unmounted. Bring it back and restart, or replace the drive.");
        }
        catch (FileSystemException e) when (e.Fault != FileFault.TooManyFiles)
        {
            _drive.Latch($"it cannot be read: {e.Message}");
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _thread.Dispose();
    }

    private void Tick()
    {
        if (_drive.Health.State != DriveState.Online) return;
        if (Interlocked.CompareExchange(ref _running, 1, 0) == 0)
        {
            Volatile.Write(ref _startedAt, _time.GetTimestamp());
            _ = RunAsync();
        }
        else if (_time.GetElapsedTime(Volatile.Read(ref _startedAt)) > _options.ProbeTimeout)
        {
            _drive.Latch($"it hangs: reading {DriveIdentity.FileName} takes longer than {_options.ProbeTimeout}.");
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await _thread.RunAsync(Look, CancellationToken.None);
        }
        catch (DriveException e) when (e.Fault == DriveFault.Closed)
        {
            // The drive is being closed: there is nothing left to look after.
        }
        catch (Exception e)
        {
            _drive.Latch($"the look at its directory failed: {e.Message}");
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }
}
