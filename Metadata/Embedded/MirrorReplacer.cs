using Microsoft.Extensions.Logging;
using ObjectStore.Storage;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Puts a new mirror in the place of one that was lost: a copy of the serving mirror's database, then the journal behind
/// it, then a new epoch. Whatever the drive held before is wiped and never believed.
/// </summary>
internal sealed class MirrorReplacer : IAsyncDisposable
{
    private const int CopyPasses = 4;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(15);

    private readonly IReadOnlyList<IMirrorDrive> _drives;
    private readonly MirrorSet _mirrors;
    private readonly Committer _committer;
    private readonly MirrorOpener _opener;
    private readonly EmbeddedOptions _options;
    private readonly int _wanted;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly HashSet<DriveId> _failed = [];
    private readonly Task _loop;

    public MirrorReplacer(
        IReadOnlyList<IMirrorDrive> drives, MirrorSet mirrors, Committer committer, MirrorOpener opener, EmbeddedOptions options, int wanted, TimeProvider time, ILogger logger)
    {
        (_drives, _mirrors, _committer, _opener, _options, _wanted, _time, _logger) = (drives, mirrors, committer, opener, options, wanted, time, logger);
        _loop = Task.Run(RunAsync, CancellationToken.None);
    }

    public void Wake() => _wake.Release();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var wait = await ReplaceAsync() ? Timeout.InfiniteTimeSpan : RetryDelay;
                await WaitAsync(wait);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task WaitAsync(TimeSpan wait)
    {
        var woken = _wake.WaitAsync(_stop.Token);
        try
        {
            await woken.WaitAsync(wait, _time, _stop.Token);
        }
        catch (TimeoutException)
        {
            // The wait that goes on is answered by one more round, which does no harm.
            _wake.Release();
            await woken;
        }
        _failed.Clear();
    }

    /// <summary>False if mirrors are missing that could not be replaced now.</summary>
    private async Task<bool> ReplaceAsync()
    {
        if (!_options.ReplaceLostMirrors) return true;
        while (_mirrors.Members.Count < _wanted)
        {
            if (_mirrors.Latched is not null) return true;
            var candidate = _drives.FirstOrDefault(drive =>
                drive.IsUsable && !_failed.Contains(drive.Id) && !_mirrors.IsClosing(drive.Id) && !_mirrors.Members.Any(m => m.Id == drive.Id));
            if (candidate is null) return false;
            if (!await TryRebuildAsync(candidate)) _failed.Add(candidate.Id);
        }
        return true;
    }

    private async Task<bool> TryRebuildAsync(IMirrorDrive drive)
    {
        EmbeddedEvents.Rebuilding(_logger, drive.Id);
        var source = _mirrors.Primary;
        try
        {
            await RebuildAsync(source, drive);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            // Also while closing: a drive that fails then must not keep the rest from being closed.
            EmbeddedEvents.RebuildFailed(_logger, drive.Id, exception);
            return false;
        }
        finally
        {
            source.ReleaseJournal();
        }
    }

    private async Task RebuildAsync(Mirror source, IMirrorDrive drive)
    {
        MirrorFiles.Wipe(drive);
        source.HoldJournalFrom(source.Database.Applied.Lsn + 1);
        CopyDatabase(source, drive);
        var (mirror, from) = _opener.OpenCopy(drive);
        try
        {
            for (var pass = 0; pass < CopyPasses; pass++) from = await new JournalCopier(mirror).CopyAsync(source, from, _stop.Token);
            await _committer.RunExclusiveAsync(() => JoinAsync(source, mirror, from), _stop.Token);
        }
        catch
        {
            if (!_mirrors.Members.Contains(mirror)) await mirror.DisposeAsync();
            throw;
        }
    }

    // Between two groups, so the source's journal is complete and stays so.
    private async Task JoinAsync(Mirror source, Mirror mirror, LogMark from)
    {
        if (source != _mirrors.Primary) throw new InvalidOperationException("The mirror that was copied no longer serves.");
        // Commits wait behind this: a drive that hangs must not hold them.
        await Task.Run(() => new JournalCopier(mirror).CopyAsync(source, from, _stop.Token), _stop.Token)
            .WaitAsync(_options.MembershipDeadline, _time, _stop.Token);
        await _mirrors.JoinAsync(mirror);
    }

    private void CopyDatabase(Mirror source, IMirrorDrive drive)
    {
        var outgoing = MirrorFiles.OutgoingCopy(source.Drive);
        MirrorFiles.DeleteTree(outgoing);
        try
        {
            source.Database.CopyTo(outgoing);
            MirrorFiles.CopyDurably(outgoing, MirrorFiles.IncomingCopy(drive), _stop.Token);
        }
        finally
        {
            MirrorFiles.DeleteTree(outgoing);
        }
        Directory.Move(MirrorFiles.IncomingCopy(drive), MirrorFiles.Database(drive));
        MirrorFiles.SyncDirectory(drive.Directory);
    }
}
