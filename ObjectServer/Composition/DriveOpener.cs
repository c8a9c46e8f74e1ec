using ObjectStore.Server.Diagnostics;
using ObjectStore.Storage;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Composition;

/// <summary>Finds, makes (a new store only) and opens the drives.</summary>
internal sealed class DriveOpener(IFileSystem fileSystem, DriveOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>A drive that has not opened after this is left out; it may join when it comes back.</summary>
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(60);

    /// <exception cref="StartException">See <see cref="DriveSurvey"/>; or no drive could be opened.</exception>
    public async Task<IReadOnlyList<StoreDrive>> OpenAllAsync(IReadOnlyList<string> paths, CancellationToken ct)
    {
        var survey = DriveSurvey.Take(fileSystem, paths);
        if (survey.Store is null) survey = FormatAll(survey, paths, Guid.NewGuid());
        var drives = await OpenFormattedAsync(survey, ct);
        if (survey.Free.Any() && drives.Count > 0 && drives.All(drive => HasNoMembership(drive.Current)))
        {
            // No drive ever held metadata: the first run was interrupted while it formatted, and nothing was stored.
            foreach (var drive in drives) await drive.Current.DisposeAsync();
            survey = FormatAll(survey, paths, survey.Store!.Value);
            drives = await OpenFormattedAsync(survey, ct);
        }
        foreach (var directory in survey.Directories.Where(directory => directory.State != DriveDirectoryState.Formatted))
            StoreLog.DriveLeftOut(logger, directory.Path, directory.Reason ?? "");
        return drives.Count > 0 ? drives : throw new StartException("No drive could be opened; the messages above say why.");
    }

    /// <summary>Opens one directory if it holds a drive of the store; null, with the reason logged, otherwise.</summary>
    public async Task<Drive?> TryOpenAsync(string path, Guid store, CancellationToken ct)
    {
        try
        {
            var opening = Drive.OpenAsync(fileSystem, path, store, options, time, ct);
            await ((Task)opening).WaitAsync(OpenLimit, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!opening.IsCompleted)
            {
                // It opens some time later: closed then, so that it can be opened again.
                _ = opening.ContinueWith(static late => _ = late.Result.DisposeAsync().AsTask(), CancellationToken.None,
                    TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                ct.ThrowIfCancellationRequested();
                throw new TimeoutException($"It has not opened within {OpenLimit.TotalSeconds:0} s.");
            }
            var drive = await opening;
            foreach (var damage in drive.Damages) StoreLog.DriveDamaged(logger, path, damage.ToString());
            return drive;
        }
        catch (Exception e) when (e is DriveException or FileSystemException or TimeoutException)
        {
            StoreLog.DriveLeftOut(logger, path, e.Message);
            return null;
        }
    }

    private DriveSurvey FormatAll(DriveSurvey survey, IReadOnlyList<string> paths, Guid store)
    {
        foreach (var directory in survey.Free)
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(directory.Path)!);
            var identity = Drive.Format(fileSystem, directory.Path, store);
            StoreLog.DriveFormatted(logger, directory.Path, identity.Drive);
        }
        return DriveSurvey.Take(fileSystem, paths);
    }

    private async Task<IReadOnlyList<StoreDrive>> OpenFormattedAsync(DriveSurvey survey, CancellationToken ct)
    {
        var opened = await Task.WhenAll(survey.Formatted.Select(directory =>
            Task.Run(() => TryOpenAsync(directory.Path, survey.Store!.Value, ct), ct)));
        return [.. opened.OfType<Drive>().Select(drive => new StoreDrive(drive))];
    }

    private static bool HasNoMembership(Drive drive)
    {
        try
        {
            return drive.ReadMembership() is null;
        }
        catch (DriveException)
        {
            // Unreadable is not absent.
            return false;
        }
    }
}
