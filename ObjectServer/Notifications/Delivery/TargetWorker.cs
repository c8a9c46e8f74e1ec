using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Delivers one target's events: at least once, those of a key in their order, those of different keys side by side. An event that is not
/// taken holds back later ones of its key and nothing else; when none is taken the target is left alone for a while, longer each time.
/// </summary>
internal sealed class TargetWorker(
    TargetQueue queue, EventTargets targets, IEventSenders senders, NotificationOptions options, TargetNumbers numbers, TimeProvider time, Random random, ILogger logger)
{
    /// <summary>How long a worker without events keeps its connection for further ones.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _nudged = new(0, 1);
    private readonly SemaphoreSlim _more = new(0, 1);

    /// <summary>Ends a pause: the target may be another now.</summary>
    public void Nudge()
    {
        if (_nudged.CurrentCount == 0) _nudged.Release();
    }

    /// <summary>The queue has events. From the same thread as <see cref="Nudge"/>.</summary>
    public void Wake()
    {
        if (_more.CurrentCount == 0) _more.Release();
    }

    /// <summary>Works until the queue has been empty for a while.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        IEventSender? sender = null;
        EventEndpoint? opened = null;
        try
        {
            var failures = 0;
            while (true)
            {
                var batch = await queue.ReadAsync(options.BatchSize, ct);
                numbers.Oldest = batch.Count > 0 ? KvRecords.FromTicks(batch[0].Record.TimeTicks) : null;
                if (batch.Count == 0)
                {
                    if (sender is null || !await _more.WaitAsync(IdleLimit, ct)) return;
                    continue;
                }
                if (targets.Find(queue.Arn)?.Endpoint is not { } endpoint)
                {
                    // As with a topic of SNS that is gone, or that nobody subscribes to.
                    await queue.RemoveAsync([.. batch.Select(change => change.Position)], ct);
                    numbers.AddUndeliverable(batch.Count);
                    continue;
                }
                batch = await DropExpiredAsync(batch, ct);
                if (batch.Count == 0) continue;
                if (sender is null || opened != endpoint)
                {
                    if (sender is not null) await sender.DisposeAsync();
                    (sender, opened) = (senders.Open(endpoint, targets.Find(queue.Arn)?.Name ?? ""), endpoint);
                }
                var delivered = await DeliverAsync(sender, batch, ct);
                await queue.RemoveAsync(delivered, ct);
                numbers.AddDelivered(delivered.Count);
                failures = delivered.Count == batch.Count ? 0 : delivered.Count > 0 ? 1 : failures + 1;
                if (failures > 0) await PauseAsync(failures, ct);
            }
        }
        finally
        {
            if (sender is not null) await sender.DisposeAsync();
        }
    }

    private async ValueTask<List<QueuedChange>> DropExpiredAsync(List<QueuedChange> batch, CancellationToken ct)
    {
        var least = (time.GetUtcNow() - options.Retention).ToTicks();
        var expired = batch.Where(change => change.Record.TimeTicks < least).Select(change => change.Position).ToArray();
        if (expired.Length == 0) return batch;
        await queue.RemoveAsync(expired, ct);
        numbers.AddExpired(expired.Length);
        NotificationLog.Expired(logger, queue.Arn, expired.Length, options.Retention.TotalHours);
        return [.. batch.Where(change => change.Record.TimeTicks >= least)];
    }

    /// <returns>The positions of those that were taken over.</returns>
    private async ValueTask<IReadOnlyCollection<ulong>> DeliverAsync(IEventSender sender, List<QueuedChange> batch, CancellationToken ct)
    {
        var delivered = new System.Collections.Concurrent.ConcurrentBag<ulong>();
        var keys = batch.GroupBy(change => (change.Record.BucketId, change.Record.Key));
        using var given = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = ct };
        await Parallel.ForEachAsync(keys, parallel, async (key, token) =>
        {
            foreach (var change in key)
            {
                // A target that has taken nothing so far and fails is not asked for every key of the batch.
                if (given.IsCancellationRequested && delivered.IsEmpty) return;
                try
                {
                    await sender.SendAsync(EventDocument.Write(change), IdOf(change), token);
                    delivered.Add(change.Position);
                    numbers.LastError = null;
                }
                catch (DeliveryException e)
                {
                    numbers.AddFailed();
                    if (numbers.LastError is null) NotificationLog.Failed(logger, queue.Arn, e.Message);
                    numbers.LastError = e.Message;
                    if (delivered.IsEmpty) await given.CancelAsync();
                    return;
                }
            }
        });
        return delivered;
    }

    private static string IdOf(QueuedChange change) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{change.Record.BucketId:x16}-{change.Position:x16}");

    private async ValueTask PauseAsync(int failures, CancellationToken ct)
    {
        var ticks = Math.Min(options.LongestRetry.Ticks, options.FirstRetry.Ticks << Math.Min(failures - 1, 20));
        double part;
        // Between half and all of it, so that targets behind one fault do not all come back at once.
        lock (random) part = 0.5 + random.NextDouble() / 2;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var pause = Task.Delay(TimeSpan.FromTicks((long)(ticks * part)), time, ended.Token);
        var nudge = _nudged.WaitAsync(ended.Token);
        await Task.WhenAny(pause, nudge);
        await ended.CancelAsync();
        await Task.WhenAll(pause, nudge).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }
}
