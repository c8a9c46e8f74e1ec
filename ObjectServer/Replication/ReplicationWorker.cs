using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>
/// Sends what waits of one bucket for one destination: at least once, of a key in order, of different keys side by side. What fails holds back later
/// rows of its key and nothing else; when nothing succeeds any more the destination is left alone for a while, longer each time, and then tried
/// with one version.
/// </summary>
internal sealed class ReplicationWorker(
    ObjectEngine engine, ReplicationQueue queue, IReplicaSender sender, IReplicationPermission permission, ReplicationOptions options, SemaphoreSlim total,
    DestinationNumbers numbers, Random random, ILogger logger) : IDisposable
{
    /// <summary>How long a worker without work stays.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    /// <summary>Keys that wait for another attempt; when there are more, all are tried again.</summary>
    private const int MaxHeld = 10_000;

    private const int RowsPerSlot = 4;

    /// <summary>What may be changed about a replica.</summary>
    private const ReplicaParts Changes = ReplicaParts.Tags | ReplicaParts.Acl | ReplicaParts.Retention | ReplicaParts.LegalHold | ReplicaParts.Annotations;

    /// <summary>So many attempts may have failed for the destination's sake; what fails more often waits for its time, whatever else succeeds.</summary>
    private const int MaxForgiven = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<ByteKey, Held> _held = [];
    private readonly SemaphoreSlim _changed = new(0, 1);
    private int _running;
    private bool _isDisposed;
    private int _failures;
    private DateTimeOffset _pausedUntil;
    private DateTimeOffset _succeededAt;
    private Exception? _fault;

    /// <param name="Until">Null while it is under way.</param>
    private readonly record struct Held(DateTimeOffset? Until, int Attempts);

    private TimeProvider Time => engine.Time;

    /// <summary>The queue has rows.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (!_isDisposed && _changed.CurrentCount == 0) _changed.Release();
        }
    }

    /// <summary>Ends a pause: the destination may be another now.</summary>
    public void Nudge()
    {
        lock (_lock) Resume(int.MaxValue);
        Wake();
    }

    /// <summary>Works until the queue has been empty for a while.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                if (_fault is { } fault) throw fault;
                var (wait, isIdle) = await StartAsync(ct);
                if (wait <= TimeSpan.Zero) continue;
                if (!await WaitAsync(wait, ct) && isIdle) return;
            }
        }
        finally
        {
            // Those under way end by themselves when the token is cancelled; what they do must not outlive the worker.
            while (Volatile.Read(ref _running) > 0) await WaitAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        }
    }

    /// <summary>When the run has ended. Who still holds the worker may wake it for nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _changed.Dispose();
        }
    }

    private async ValueTask<bool> WaitAsync(TimeSpan limit, CancellationToken ct)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var pause = Task.Delay(limit, Time, ended.Token);
        var changed = _changed.WaitAsync(ended.Token);
        var first = await Task.WhenAny(pause, changed);
        await ended.CancelAsync();
        await Task.WhenAll(pause, changed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        return first == changed || changed.IsCompletedSuccessfully;
    }

    /// <summary>Starts what may be started. How long to wait then, if nothing happens before; and whether there is nothing to do at all.</summary>
    private async ValueTask<(TimeSpan Wait, bool IsIdle)> StartAsync(CancellationToken ct)
    {
        var now = Time.GetUtcNow();
        int slots;
        bool isTrial;
        TimeSpan untilHeld;
        HashSet<ByteKey> running;
        lock (_lock)
        {
            if (_pausedUntil > now) return (_pausedUntil - now, false);
            untilHeld = LimitHeld(now);
            isTrial = _failures > 0;
            slots = (isTrial ? 1 : options.Parallelism) - _running;
            // Of a key that is done while the queue is read, rows may be seen that are gone.
            running = [.. _held.Where(static entry => entry.Value.Until is null).Select(static entry => entry.Key)];
        }
        if (slots <= 0) return (IdleLimit, false);
        // Some more than there is room for, as several may be of one key: but what is not begun is read again.
        var limit = Math.Min(options.BatchSize, slots * RowsPerSlot);
        // A few versions that nobody can send must not take every trial of the destination for themselves: what has not failed yet comes first.
        var batch = isTrial ? await queue.ReadAsync(limit, options.MaxPassed, key => running.Contains(key) || HasFailed(key), ct) : [];
        if (batch.Count == 0) batch = await queue.ReadAsync(limit, options.MaxPassed, key => running.Contains(key) || IsHeld(key, now), ct);
        var first = batch.Count > 0 ? batch[0].Record : null;
        if (first is not null) numbers.Bucket = first.Bucket;
        var started = 0;
        foreach (var rows in batch.GroupBy(static change => new ByteKey(change.Record.Key)))
        {
            if (started++ == slots) return (IdleLimit, false);
            Start(rows.Key, [.. rows], ct);
        }
        if (started > 0) return (batch.Count == limit ? TimeSpan.Zero : IdleLimit, false);
        return untilHeld < IdleLimit ? (untilHeld, false) : (IdleLimit, running.Count == 0 && untilHeld == TimeSpan.MaxValue);
    }

    private bool IsHeld(ByteKey key, DateTimeOffset now)
    {
        lock (_lock) return _held.TryGetValue(key, out var held) && (held.Until is null || held.Until > now);
    }

    private bool HasFailed(ByteKey key)
    {
        lock (_lock) return _held.ContainsKey(key);
    }

    /// <summary>How long it is until the next one may be tried again; endless if none waits. What was tried already keeps how often.</summary>
    private TimeSpan LimitHeld(DateTimeOffset now)
    {
        if (_held.Count > MaxHeld)
        {
            foreach (var (key, held) in _held.ToArray())
            {
                if (held.Until is not null) _held.Remove(key);
            }
        }
        var least = TimeSpan.MaxValue;
        foreach (var held in _held.Values)
        {
            if (held.Until > now && held.Until - now < least) least = held.Until.Value - now;
        }
        return least;
    }

    private void Start(ByteKey key, QueuedChange[] rows, CancellationToken ct)
    {
        lock (_lock)
        {
            _held[key] = new Held(null, _held.GetValueOrDefault(key).Attempts);
            _running++;
        }
        _ = Task.Run(() => RunKeyAsync(key, rows, ct), CancellationToken.None);
    }

    private async Task RunKeyAsync(ByteKey key, QueuedChange[] rows, CancellationToken ct)
    {
        var begun = Time.GetUtcNow();
        ReplicaOutcome? failure = ReplicaOutcome.Unavailable("");
        try
        {
            await total.WaitAsync(ct);
            try
            {
                failure = await SendAllAsync(rows, ct);
            }
            finally
            {
                total.Release();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The rows stay for the next start.
        }
        catch (Exception e)
        {
            // The loop ends with it, and whoever began it reports it.
            _fault = e;
        }
        finally
        {
            End(key, begun, failure);
        }
    }

    private void End(ByteKey key, DateTimeOffset begun, ReplicaOutcome? failure)
    {
        lock (_lock)
        {
            var now = Time.GetUtcNow();
            if (failure is { } failed) Hold(key, begun, now, failed.IsOfVersion);
            else
            {
                _held.Remove(key);
                _succeededAt = now;
                if (_failures > 0) Resume(MaxForgiven);
            }
            _running--;
            if (_changed.CurrentCount == 0) _changed.Release();
        }
    }

    private void Hold(ByteKey key, DateTimeOffset begun, DateTimeOffset now, bool isOfVersion)
    {
        var attempts = _held.GetValueOrDefault(key).Attempts + 1;
        // Longer than the pause, so that the destination is tried with another version then, should it be this one's fault.
        _held[key] = new Held(now + DelayOf(attempts) * 1.5, attempts);
        if (isOfVersion || _succeededAt >= begun || _pausedUntil > now) return;
        _failures++;
        _pausedUntil = now + DelayOf(_failures);
    }

    /// <summary>The destination answers again: what it did not take while it was away is not held back for that.</summary>
    private void Resume(int maxForgiven)
    {
        _failures = 0;
        _pausedUntil = default;
        foreach (var (key, held) in _held.ToArray())
        {
            if (held.Until is not null && held.Attempts <= maxForgiven) _held.Remove(key);
        }
    }

    private TimeSpan DelayOf(int attempts)
    {
        var ticks = Math.Min(options.LongestRetry.Ticks, options.FirstRetry.Ticks << Math.Min(attempts - 1, 20));
        double part;
        // Between half and all of it, so that queues behind one fault do not all come back at once.
        lock (random) part = 0.5 + random.NextDouble() / 2;
        return TimeSpan.FromTicks((long)(ticks * part));
    }

    /// <summary>Rows of one key, in order; those about one version that follow one another are sent as one. Why one has to be tried again, with those behind it; null if none has.</summary>
    private async ValueTask<ReplicaOutcome?> SendAllAsync(QueuedChange[] rows, CancellationToken ct)
    {
        for (var from = 0; from < rows.Length;)
        {
            var to = from + 1;
            while (to < rows.Length && rows[to].Record.Sequence == rows[from].Record.Sequence && rows[to].Record.Nonce == rows[from].Record.Nonce) to++;
            if (await SendAsync(rows[from..to], ct) is { } failed) return failed;
            from = to;
        }
        return null;
    }

    private async ValueTask<ReplicaOutcome?> SendAsync(QueuedChange[] rows, CancellationToken ct)
    {
        var plan = await PlanAsync(rows, ct);
        ReplicaOutcome outcome;
        if (plan.Task is not { } task) outcome = ReplicaOutcome.Gone;
        else if (await permission.RefuseAsync(plan.Role, task, plan.Version!, ct) is { } refused) outcome = ReplicaOutcome.Refused(refused);
        else outcome = await TryAsync(task, ct);
        if (outcome.Result == ReplicaResult.Unavailable)
        {
            if (numbers.LastError is null) ReplicationLog.Unavailable(logger, queue.DestinationArn, rows[0].Record.Bucket, outcome.Reason ?? "");
            numbers.AddFailedAttempt(outcome.Reason);
            return outcome;
        }
        var status = outcome.Result == ReplicaResult.Refused ? ReplicationStatus.Failed : plan.IsWanted ? ReplicationStatus.Completed : ReplicationStatus.None;
        await queue.FinishAsync(rows, status, (_, now) => EventsOf(rows, plan, outcome, now), ct);
        if (outcome.Result == ReplicaResult.Done) numbers.AddDone(outcome.SentBytes);
        if (outcome.Result == ReplicaResult.Refused)
        {
            if (numbers.LastRefusal != outcome.Reason) ReplicationLog.Refused(logger, queue.DestinationArn, rows[0].Record.Bucket, outcome.Reason ?? "");
            numbers.AddRefused(outcome.Reason);
        }
        return null;
    }

    private async ValueTask<ReplicaOutcome> TryAsync(ReplicaTask task, CancellationToken ct)
    {
        try
        {
            return await sender.SendAsync(task, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            ReplicationLog.SenderFailed(logger, e, queue.DestinationArn);
            return ReplicaOutcome.Unavailable($"The sender failed: {e.GetType().Name}");
        }
    }

    private IEnumerable<(ChangeKind Kind, ReplicationEvent Event)> EventsOf(QueuedChange[] rows, Plan plan, ReplicaOutcome outcome, ulong now)
    {
        if (plan.Rule is not { } rule) yield break;
        if (outcome.Result == ReplicaResult.Refused)
            yield return (ChangeKind.ReplicationFailed, new ReplicationEvent(queue.DestinationArn, rule.Record.Id, outcome.Reason));
        else if (outcome.Result == ReplicaResult.Done && rule.ThresholdTicks is { } threshold && now > rows[0].Record.TimeTicks + threshold)
            yield return (ChangeKind.ReplicatedAfterThreshold, new ReplicationEvent(queue.DestinationArn, rule.Record.Id, null));
    }

    /// <summary>What is to be done by the rules of now.</summary>
    private async ValueTask<Plan> PlanAsync(QueuedChange[] rows, CancellationToken ct)
    {
        var last = rows[^1].Record;
        var key = last.Key.ToByteArray();
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, last.Bucket, ct);
        if (bucket is null || bucket.Id != queue.BucketId) return default;
        var rules = await engine.Changes.RulesOfAsync(snapshot, bucket, ct);
        var rule = rules.ForSending(queue.DestinationArn, key, rows[0].Record.RuleId);
        if (rule is null || ReplicaDestination.ParseArn(queue.DestinationArn) is not { } destination) return default;
        var version = await VersionRows.GetCurrentAsync(snapshot, bucket.Id, key, ct);
        if (version?.Sequence != last.Sequence) version = await snapshot.GetRecordAsync(SchemaKeys.Version(bucket.Id, key, last.Sequence), VersionRecord.Parser, ct);
        if (version is null || version.Nonce != last.Nonce) return default;
        var parts = rows.Aggregate(ReplicaParts.None, static (all, row) => all | ReplicaPartsOf.Change((ChangeKind)row.Record.Kind));
        // A replica itself is never sent on, whoever asks.
        if (version.Replication?.Status == (uint)ReplicationStatus.Replica && parts.HasFlag(ReplicaParts.Version)) parts = Changes;
        // The owner of another account's bucket decides who reads replicas that are its own.
        if (rule.Record.OwnedByDestination) parts &= ~ReplicaParts.Acl;
        if (parts == ReplicaParts.None) return new Plan(null, rule, rules.Role, version) { IsWanted = true };
        var task = new ReplicaTask(destination.With(rule.Record), last.Bucket, bucket.Id, last.Key.ToStringUtf8(), last.Sequence, last.Nonce, parts);
        return new Plan(task, rule, rules.Role, version) { IsWanted = true };
    }

    /// <param name="Task">Null if there is nothing to send.</param>
    private readonly record struct Plan(ReplicaTask? Task, ReplicationRules.Rule? Rule, string Role, VersionRecord? Version)
    {
        /// <summary>Some rule still wants the version at the destination.</summary>
        public bool IsWanted { get; init; }
    }
}
