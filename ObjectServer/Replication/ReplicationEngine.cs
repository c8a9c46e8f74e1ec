using System.Collections.Concurrent;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>
/// Looks which queues of replication have rows, and gives each of them a worker of its own while they have: a destination that is slow or dead stops
/// nothing but itself.
/// </summary>
internal sealed class ReplicationEngine(
    ObjectEngine engine, IReplicaSender sender, IReplicationPermission permission, ReplicationOptions options, Random random, ILogger<ReplicationEngine> logger) : IMetricsSource
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CensusInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, DestinationNumbers> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (ReplicationWorker Worker, Task Running)> _workers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _total = new(options.TotalParallelism);
    private readonly ThresholdWatch _thresholds = new(engine);

    /// <summary>Queues whose worker has failed, and when the next may begin.</summary>
    private readonly Dictionary<string, DateTimeOffset> _resting = new(StringComparer.Ordinal);

    public IReplicaSender Sender => sender;

    public DestinationNumbers NumbersOf(string queue) => _numbers.GetOrAdd(queue, static name => new DestinationNumbers(QueueKeys.ReplicationQueue(name).DestinationArn));

    /// <summary>The queue has no destination any more.</summary>
    public void Forget(string queue) => _numbers.TryRemove(queue, out _);

    /// <summary>Has waiting destinations tried at once: something that they depend on has changed.</summary>
    public void Nudge()
    {
        foreach (var (worker, _) in _workers.Values) worker.Nudge();
        engine.Changes.Replication.Wake();
    }

    /// <summary>Works until cancelled. A fault of the metadata ends the run; who began it reports that and begins again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var counted = DateTimeOffset.MinValue;
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
                await engine.Changes.Replication.WaitAsync(Tick, ct);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(_workers.Values.Select(worker => worker.Running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (worker, _) in _workers.Values) worker.Dispose();
            _workers.Clear();
        }
    }

    public void Write(MetricsText text)
    {
        var all = _numbers.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value).ToArray();
        Write(text, all, "objectstore_replication_pending", "gauge", "Changes that wait for a destination.", numbers => numbers.Backlog);
        Write(text, all, "objectstore_replication_pending_bytes", "gauge", "Bytes of the versions that wait for a destination.", numbers => numbers.BacklogBytes);
        Write(text, all, "objectstore_replication_lag_seconds", "gauge", "Age of the change that waits for longest; 0 if none does.",
            numbers => numbers.Oldest is { } oldest ? Math.Max(0, (engine.Time.GetUtcNow() - oldest).TotalSeconds) : 0);
        Write(text, all, "objectstore_replication_done_total", "counter", "Versions and changes that a destination has taken.", numbers => numbers.Done);
        Write(text, all, "objectstore_replication_sent_bytes_total", "counter", "Bytes of versions that a destination has taken.", numbers => numbers.SentBytes);
        Write(text, all, "objectstore_replication_failed_total", "counter", "Versions and changes that a destination refused: their status is FAILED.", numbers => numbers.Refused);
        Write(text, all, "objectstore_replication_retries_total", "counter", "Attempts that failed and are made again.", numbers => numbers.FailedAttempts);
    }

    private static void Write(MetricsText text, DestinationNumbers[] all, string name, string type, string help, Func<DestinationNumbers, double> valueOf)
    {
        text.Family(name, type, help);
        foreach (var numbers in all) text.Sample(name, $"bucket=\"{numbers.Bucket}\",destination=\"{numbers.DestinationArn}\"", valueOf(numbers));
    }

    private async ValueTask StartWorkersAsync(CancellationToken stop, CancellationToken ct)
    {
        var now = engine.Time.GetUtcNow();
        foreach (var (queue, entry) in _workers.Where(static entry => entry.Value.Running.IsCompleted).ToArray())
        {
            _workers.TryRemove(queue, out _);
            entry.Worker.Dispose();
            if (entry.Running.Exception?.InnerException is not { } fault || ct.IsCancellationRequested) continue;
            ReplicationLog.WorkerFailed(logger, fault, queue);
            _resting[queue] = now + options.FaultRest;
        }
        foreach (var queue in _resting.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToArray()) _resting.Remove(queue);
        List<string> names;
        using (var snapshot = engine.Store.Snapshot()) names = await ChangeQueue.NamesAsync(snapshot, QueueKeys.Replication, ct);
        foreach (var queue in names)
        {
            if (_workers.TryGetValue(queue, out var busy))
            {
                busy.Worker.Wake();
                continue;
            }
            if (_resting.ContainsKey(queue)) continue;
            var worker = new ReplicationWorker(engine, new ReplicationQueue(engine, queue), sender, permission, options, _total, NumbersOf(queue), random, logger);
            _workers[queue] = (worker, Task.Run(() => worker.RunAsync(stop), CancellationToken.None));
        }
    }

    private async ValueTask CountAsync(CancellationToken ct)
    {
        using (var snapshot = engine.Store.Snapshot())
        {
            var rows = await ChangeQueue.CountsAsync(snapshot, QueueKeys.Replication, ct);
            var bytes = await ChangeQueue.CountsAsync(snapshot, QueueKeys.ReplicationBytes, ct);
            foreach (var queue in rows.Keys) NumbersOf(queue);
            foreach (var (queue, numbers) in _numbers)
            {
                numbers.Backlog = rows.GetValueOrDefault(queue);
                numbers.BacklogBytes = bytes.GetValueOrDefault(queue);
                var first = numbers.Backlog == 0 ? [] : await ChangeQueue.ReadAsync(snapshot, QueueKeys.Replication, queue, 1, ct);
                numbers.Oldest = first.Count == 0 ? null : KvRecords.FromTicks(first[0].Record.TimeTicks);
                if (first.Count > 0) numbers.Bucket = first[0].Record.Bucket;
            }
        }
        foreach (var (queue, numbers) in _numbers)
        {
            if (numbers.Oldest is not null) await _thresholds.LookAsync(queue, numbers.Bucket, ct);
        }
    }
}
