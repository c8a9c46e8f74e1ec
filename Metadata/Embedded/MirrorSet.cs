using Microsoft.Extensions.Logging;
using ObjectStore.Metadata.Kv;
using ObjectStore.Rocks;
using ObjectStore.Storage;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// The mirrors of the present epoch. A group is acknowledged when every one of them has synced it; one that fails or is
/// late is fenced by a new epoch first. Changed by the committer's task only; views may be taken from any thread.
/// </summary>
internal sealed class MirrorSet
{
    private readonly MembershipKeeper _keeper;
    private readonly EmbeddedOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<DriveId, Task> _closing = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Mirror[] _members;
    private volatile ReadView? _view;
    private volatile string? _latched;
    private long _lastLsn;

    private sealed record Appended(Mirror Mirror, LogMark After, Exception? Failure, long Timestamp);

    /// <param name="members">Level with one another; the first serves reads and has applied everything.</param>
    /// <param name="keeper">Knows the present epoch.</param>
    /// <param name="options">Deadlines.</param>
    /// <param name="time">Measures them.</param>
    /// <param name="logger">Told about fences.</param>
    public MirrorSet(IReadOnlyList<Mirror> members, MembershipKeeper keeper, EmbeddedOptions options, TimeProvider time, ILogger logger)
    {
        _members = [.. members];
        _keeper = keeper;
        _options = options;
        _time = time;
        _logger = logger;
        _lastLsn = members[0].Database.Applied.Lsn;
        _view = new ReadView(members[0], _lastLsn);
        foreach (var mirror in members) mirror.Failed = () => MemberFailed?.Invoke();
    }

    public Mirror Primary => _members[0];

    public IReadOnlyList<Mirror> Members => _members;

    public ulong Epoch => _keeper.Current.Epoch;

    public long LastLsn => Volatile.Read(ref _lastLsn);

    /// <summary>Why no commit is accepted any more, or null.</summary>
    public string? Latched => _latched;

    /// <summary>Raised when a member has failed outside of a commit.</summary>
    public Action? MemberFailed { get; set; }

    /// <summary>Raised when a member was fenced.</summary>
    public Action? MemberFenced { get; set; }

    /// <summary>The newest view, acquired.</summary>
    public ReadView AcquireView()
    {
        while (true)
        {
            var view = _view ?? throw new ObjectDisposedException(nameof(EmbeddedKeyValueStore));
            if (view.TryAcquire()) return view;
        }
    }

    /// <summary>Makes a group durable on every mirror and visible.</summary>
    /// <exception cref="KvException">Unavailable: nothing was written. UnknownOutcome: latched.</exception>
    public async Task CommitAsync(CommitGroup group)
    {
        var results = await AppendAsync(group);
        var failed = results.Where(r => r.Failure is not null || r.Mirror.Failure is not null).ToList();
        if (failed.Count == results.Count) throw AllFailed(results);
        if (failed.Count > 0) await FenceAsync(failed.ToDictionary(f => f.Mirror, f => (f.Failure ?? f.Mirror.Failure)!));
        await ApplyAsync(group, results.ToDictionary(r => r.Mirror, r => r.After));
        Volatile.Write(ref _lastLsn, group.Lsn);
        Publish();
    }

    /// <summary>Fences members that failed outside of a commit. Runs between groups.</summary>
    public async Task FenceFailedAsync()
    {
        if (_latched is not null) return;
        var failed = _members.Where(m => (m.Failure ?? m.ReadFailure) is not null).ToDictionary(m => m, m => (m.Failure ?? m.ReadFailure)!);
        if (failed.Count == 0) return;
        if (failed.Count == _members.Length)
        {
            // Nobody can take over: one that only failed to read some rows is better than none.
            var following = _members.FirstOrDefault(m => m.Failure is null);
            if (following is null) Latch($"No mirror can follow its journal: {failed.First().Value.Message}");
            if (following is null || failed.Count == 1) return;
            failed.Remove(following);
        }
        await FenceAndServeAsync(failed);
    }

    /// <summary>Takes a mirror in that is level with the others. Runs between groups.</summary>
    public async Task JoinAsync(Mirror mirror)
    {
        if (_latched is { } latched) throw new KvException(KvFault.Unavailable, latched);
        if (mirror.DurableLsn != LastLsn) throw new InvalidDataException($"The new mirror has LSN {mirror.DurableLsn}, the others {LastLsn}.");
        if (!_keeper.CanChange) throw new KvException(KvFault.Unavailable, "Too few drives serve to take in a mirror.");
        try
        {
            await _keeper.ChangeAsync([.. _members.Select(m => m.Id), mirror.Id]);
        }
        catch (Exception exception) when (exception is MembershipException or KvException)
        {
            // Some drives may have the record that names the newcomer, which gets no commit from now on: an open that
            // finds it there must find a newer one elsewhere. Members that did not take it are fenced on the way.
            await FenceAndServeAsync([]);
            throw;
        }
        mirror.Failed = () => MemberFailed?.Invoke();
        _members = [.. _members, mirror];
        EmbeddedEvents.EpochChanged(_logger, Epoch, _members.Length);
        EmbeddedEvents.Joined(_logger, mirror.Id, LastLsn);
    }

    public void Latch(string reason)
    {
        if (_latched is not null) return;
        _latched = $"The metadata store takes no more commits until it is restarted: {reason}";
        EmbeddedEvents.Latched(_logger, reason);
    }

    /// <summary>Whether a drive's earlier mirror is still being closed.</summary>
    public bool IsClosing(DriveId drive)
    {
        lock (_closing) return _closing.TryGetValue(drive, out var closing) && !closing.IsCompleted;
    }

    public EmbeddedHealth Health()
    {
        var members = _members;
        var wanted = _keeper.WantedMirrors;
        var state = _latched is not null ? EmbeddedState.Latched : members.Length < wanted ? EmbeddedState.Degraded : EmbeddedState.Healthy;
        var reason = _latched ?? (members.Length < wanted ? $"Only {members.Length} of {wanted} metadata mirrors are in use." : null);
        return new EmbeddedHealth(state, Epoch, [.. members.Select(m => m.Id)], wanted, LastLsn, reason);
    }

    public async Task CloseAsync()
    {
        var view = _view;
        _view = null;
        view?.Release();
        _closed.TrySetResult();
        Task[] closing;
        lock (_closing) closing = [.. _closing.Values];
        await Task.WhenAll(_members.Select(CloseAsync));
        try
        {
            await Task.WhenAll(closing).WaitAsync(_options.MembershipDeadline, _time);
        }
        catch (TimeoutException exception)
        {
            // Fenced because its drive hangs; nothing on it counts, so closing does not wait for it.
            EmbeddedEvents.FencedStillOpen(_logger, exception);
        }
    }

    // Waits for all mirrors; once one has the group, the others have the deadline to get it too.
    private async Task<IReadOnlyList<Appended>> AppendAsync(CommitGroup group)
    {
        var tasks = _members.Select(mirror => AppendToAsync(mirror, group)).ToArray();
        var all = Task.WhenAll(tasks);
        for (var left = _options.MirrorDeadline; left > TimeSpan.Zero; left = _options.MirrorDeadline - _time.GetElapsedTime(FirstSuccess(tasks)))
        {
            try
            {
                return await all.WaitAsync(left, _time);
            }
            catch (TimeoutException) when (!tasks.Any(IsSuccess))
            {
                // All are slow: there is nobody to go on with, so wait until one is through or all have failed.
                await FirstSuccessAsync(tasks);
                if (!tasks.Any(IsSuccess)) return await all;
            }
            catch (TimeoutException)
            {
                // One has it. How long ago says how much time the others have left.
                continue;
            }
        }
        var late = new TimeoutException($"It had not synced a group {_options.MirrorDeadline.TotalMilliseconds} ms after another.");
        return [.. tasks.Select((task, i) => task.IsCompletedSuccessfully ? task.Result : new Appended(_members[i], default, late, 0))];
    }

    private static bool IsSuccess(Task<Appended> task) => task.IsCompletedSuccessfully && task.Result.Failure is null;

    private static long FirstSuccess(Task<Appended>[] tasks) => tasks.Where(IsSuccess).Min(task => task.Result.Timestamp);

    private static async Task FirstSuccessAsync(Task<Appended>[] tasks)
    {
        var left = tasks.ToList();
        while (left.Count > 0)
        {
            var done = await Task.WhenAny(left);
            if ((await done).Failure is null) return;
            left.Remove(done);
        }
    }

    private async Task<Appended> AppendToAsync(Mirror mirror, CommitGroup group)
    {
        try
        {
            return new Appended(mirror, await mirror.AppendAsync(group, CancellationToken.None), null, _time.GetTimestamp());
        }
        catch (Exception exception)
        {
            return new Appended(mirror, default, exception, _time.GetTimestamp());
        }
    }

    private KvException AllFailed(IReadOnlyList<Appended> results)
    {
        var cause = results[0].Failure ?? results[0].Mirror.Failure;
        if (results.All(r => r.Failure is LogException { Fault: LogFault.NoSpace }))
            return new KvException(KvFault.Unavailable, "No metadata mirror has room for its journal.", cause);
        Latch($"no mirror has taken the last commits ({cause!.Message})");
        return new KvException(KvFault.UnknownOutcome, "No metadata mirror could confirm the commit.", cause);
    }

    // Between groups: what is served stays what it was, from another member if need be.
    private async Task FenceAndServeAsync(Dictionary<Mirror, Exception> failed)
    {
        var served = Primary;
        await FenceAsync(failed);
        if (Primary == served) return;
        await TakeOverAsync();
        Publish();
    }

    private async Task FenceAsync(Dictionary<Mirror, Exception> failed)
    {
        while (true)
        {
            var left = _members.Where(m => !failed.ContainsKey(m)).ToArray();
            try
            {
                if (left.Length == 0) throw new KvException(KvFault.Unavailable, "No metadata mirror is left.");
                await _keeper.ChangeAsync([.. left.Select(m => m.Id)]);
                _members = left;
                break;
            }
            catch (MembershipException exception)
            {
                foreach (var mirror in left.Where(m => exception.Drives.Contains(m.Id))) failed.Add(mirror, exception);
            }
            catch (KvException exception)
            {
                Latch($"a mirror failed and could not be fenced: {exception.Message}");
                throw new KvException(KvFault.UnknownOutcome, "A metadata mirror failed and could not be fenced.", exception);
            }
        }
        EmbeddedEvents.EpochChanged(_logger, Epoch, _members.Length);
        foreach (var (mirror, reason) in failed)
        {
            EmbeddedEvents.Fenced(_logger, mirror.Id, reason.Message);
            mirror.Failed = null;
            lock (_closing) _closing[mirror.Id] = CloseFencedAsync(mirror);
        }
        if (failed.Count > 0) MemberFenced?.Invoke();
    }

    private async Task ApplyAsync(CommitGroup group, Dictionary<Mirror, LogMark> marks)
    {
        foreach (var mirror in _members.Where(m => m != _view!.Mirror)) mirror.ApplyLater(group, marks[mirror]);
        if (Primary != _view!.Mirror)
        {
            await TakeOverAsync();
            return;
        }
        try
        {
            Primary.ApplyNow(group, marks[Primary]);
        }
        catch (Exception exception) when (exception is RocksDbException or InvalidDataException)
        {
            Primary.Fail(exception);
            await FenceAsync(new Dictionary<Mirror, Exception> { [Primary] = exception });
            await TakeOverAsync();
        }
    }

    // The first member that has applied its whole journal serves reads from now on.
    private async Task TakeOverAsync()
    {
        while (true)
        {
            var candidate = Primary;
            try
            {
                await candidate.CatchUpAsync(CancellationToken.None);
                return;
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or ObjectDisposedException)
            {
                await FenceAsync(new Dictionary<Mirror, Exception> { [candidate] = exception });
            }
        }
    }

    private void Publish()
    {
        var before = _view;
        _view = new ReadView(Primary, LastLsn);
        before?.Release();
    }

    // Readers that began before go on with it. Until they are done its database stays open and may still write files,
    // so the drive must not be given a new mirror.
    private async Task CloseFencedAsync(Mirror mirror)
    {
        await Task.WhenAny(mirror.ReadersGone, _closed.Task);
        await CloseAsync(mirror);
    }

    private async Task CloseAsync(Mirror mirror)
    {
        await Task.Yield();
        try
        {
            await mirror.DisposeAsync();
        }
        catch (Exception exception)
        {
            EmbeddedEvents.CloseFailed(_logger, mirror.Id, exception);
        }
    }
}
