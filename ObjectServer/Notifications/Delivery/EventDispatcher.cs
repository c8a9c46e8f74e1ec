using System.Collections.Concurrent;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Looks which queues have events, and gives each of them a worker of its own while they have: a target that is slow or dead stops nothing
/// but itself. Keeps queues within their bound.
/// </summary>
internal sealed class EventDispatcher(
    ObjectEngine engine, EventTargets targets, IEventSenders senders, NotificationOptions options, Random random, ILogger<EventDispatcher> logger) : IMetricsSource
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CensusInterval = TimeSpan.FromSeconds(5);

    /// <summary>Rows that one transaction takes out of a queue that is too long.</summary>
    private const int TrimBatch = 1_000;

    private readonly ConcurrentDictionary<string, TargetNumbers> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (TargetWorker Worker, Task Running)> _workers = new(StringComparer.Ordinal);

    /// <summary>Queues whose worker has failed, and when the next may begin: else a fault of the metadata would have events sent again every second.</summary>
    private readonly Dictionary<string, DateTimeOffset> _resting = new(StringComparer.Ordinal);

    public TargetNumbers NumbersOf(string arn) => _numbers.GetOrAdd(arn, static _ => new TargetNumbers());

    /// <summary>Works until cancelled. A fault of the metadata ends the run; who began it reports that and begins again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        targets.Changed = engine.Changes.Wake;
        var counted = DateTimeOffset.MinValue;
        var known = targets.All.ToArray();
        try
        {
            while (true)
            {
                var now = engine.Time.GetUtcNow();
                if (now - counted >= CensusInterval)
                {
                    await CountAsync(ct);
                    counted = now;
                }
                await StartWorkersAsync(stop.Token, ct);
                await engine.Changes.WaitAsync(Tick, ct);
                var current = targets.All.ToArray();
                if (!current.SequenceEqual(known)) NudgeAll();
                known = current;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(_workers.Values.Select(worker => worker.Running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _workers.Clear();
        }
    }

    public void Write(MetricsText text)
    {
        var targetsByArn = _numbers.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToArray();
        Write(text, targetsByArn, "objectstore_event_backlog", "gauge", "Events that wait for a target.", numbers => numbers.Backlog);
        Write(text, targetsByArn, "objectstore_event_oldest_age_seconds", "gauge", "Age of the event that waits for longest; 0 if none does.",
            numbers => numbers.Oldest is { } oldest ? Math.Max(0, (engine.Time.GetUtcNow() - oldest).TotalSeconds) : 0);
        Write(text, targetsByArn, "objectstore_event_keys_held", "gauge", "Keys whose events wait because the target did not take one, and are overtaken.", numbers => numbers.Held);
        Write(text, targetsByArn, "objectstore_events_delivered_total", "counter", "Events that a target has taken over.", numbers => numbers.Delivered);
        Write(text, targetsByArn, "objectstore_event_failures_total", "counter", "Attempts that a target did not take.", numbers => numbers.Failed);
        text.Family("objectstore_events_dropped_total", "counter", "Events that nobody will be told: too old, too many, or without an endpoint.");
        foreach (var (arn, numbers) in targetsByArn)
        {
            text.Sample("objectstore_events_dropped_total", $"target=\"{arn}\",reason=\"age\"", numbers.Expired);
            text.Sample("objectstore_events_dropped_total", $"target=\"{arn}\",reason=\"backlog\"", numbers.Overflowed);
            text.Sample("objectstore_events_dropped_total", $"target=\"{arn}\",reason=\"endpoint\"", numbers.Undeliverable);
        }
    }

    private static void Write(MetricsText text, KeyValuePair<string, TargetNumbers>[] targets, string name, string type, string help, Func<TargetNumbers, double> valueOf)
    {
        text.Family(name, type, help);
        foreach (var (arn, numbers) in targets) text.Sample(name, $"target=\"{arn}\"", valueOf(numbers));
    }

    private async ValueTask StartWorkersAsync(CancellationToken stop, CancellationToken ct)
    {
        foreach (var (arn, running) in _workers.Where(entry => entry.Value.Running.IsCompleted).Select(entry => (entry.Key, entry.Value.Running)).ToArray())
        {
            _workers.Remove(arn);
            if (running.Exception?.InnerException is not { } fault || ct.IsCancellationRequested) continue;
            NotificationLog.WorkerFailed(logger, fault, arn);
            _resting[arn] = engine.Time.GetUtcNow() + options.FaultRest;
        }
        foreach (var arn in _resting.Where(entry => entry.Value <= engine.Time.GetUtcNow()).Select(entry => entry.Key).ToArray()) _resting.Remove(arn);
        List<string> names;
        using (var snapshot = engine.Store.Snapshot()) names = await ChangeQueue.NamesAsync(snapshot, QueueKeys.Notifications, ct);
        foreach (var arn in names)
        {
            if (_workers.TryGetValue(arn, out var busy))
            {
                busy.Worker.Wake();
                continue;
            }
            if (_resting.ContainsKey(arn)) continue;
            var worker = new TargetWorker(new TargetQueue(engine, arn), targets, senders, options, NumbersOf(arn), engine.Time, random, logger);
            _workers[arn] = (worker, Task.Run(() => worker.RunAsync(stop), CancellationToken.None));
        }
    }

    private void NudgeAll()
    {
        foreach (var (worker, _) in _workers.Values) worker.Nudge();
    }

    private async ValueTask CountAsync(CancellationToken ct)
    {
        Dictionary<string, long> counts;
        using (var snapshot = engine.Store.Snapshot()) counts = await ChangeQueue.CountsAsync(snapshot, QueueKeys.Notifications, ct);
        foreach (var (arn, count) in counts)
        {
            var numbers = NumbersOf(arn);
            numbers.Backlog = count;
            if (count > options.MaxBacklog) await TrimAsync(arn, count - options.MaxBacklog, numbers, ct);
        }
    }

    private async ValueTask TrimAsync(string arn, long excess, TargetNumbers numbers, CancellationToken ct)
    {
        var queue = new TargetQueue(engine, arn);
        NotificationLog.Overflowed(logger, arn, excess, options.MaxBacklog);
        while (excess > 0)
        {
            var oldest = await queue.ReadAsync((int)Math.Min(TrimBatch, excess), ct);
            if (oldest.Count == 0) return;
            await queue.RemoveAsync([.. oldest.Select(change => change.Position)], ct);
            numbers.AddOverflowed(oldest.Count);
            numbers.Backlog -= oldest.Count;
            excess -= oldest.Count;
        }
    }
}
