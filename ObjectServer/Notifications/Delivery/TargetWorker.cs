using System.Collections.Concurrent;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Delivers one target's events: at least once, those of a key in their order, those of different keys side by side. An event that is not
/// taken holds back later ones of its key and nothing else: others overtake it, and it is tried again at growing intervals until it is too old. When none
/// is taken the target is left alone for a while, longer each time, and is then told of other keys, as it may be these that it does not want.
/// </summary>
internal sealed class TargetWorker(
    TargetQueue queue, EventTargets targets, IEventSenders senders, NotificationOptions options, TargetNumbers numbers, TimeProvider time, Random random, ILogger logger)
{
    /// <summary>How long a worker without events keeps its connection for further ones.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _nudged = new(0, 1);
    private readonly SemaphoreSlim _more = new(0, 1);
    private readonly RefusedKeys _refused = new(options, time);

    private volatile bool _wasNudged;

    /// <summary>Ends a pause: the target may be another now.</summary>
    public void Nudge()
    {
        _wasNudged = true;
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
                var batch = await ReadAsync(ct);
                if (batch.Count == 0)
                {
                    if (_refused.Next is { } next)
                    {
                        await WaitAsync(next - time.GetUtcNow(), orMore: true, ct);
                        continue;
                    }
                    if (sender is null || !await _more.WaitAsync(IdleLimit, ct)) return;
                    continue;
                }
                if (targets.Find(queue.Arn) is not { Endpoint: { } endpoint } target)
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
                    (sender, opened) = (null, null);
                    if (await OpenAsync(target, ct) is not { Endpoint: { } usable } ready)
                    {
                        await PauseAsync(++failures, ct);
                        continue;
                    }
                    (sender, opened) = (senders.Open(ready), usable);
                }
                var (delivered, wasRefused) = await DeliverAsync(sender, batch, ct);
                await queue.RemoveAsync(delivered, ct);
                numbers.AddDelivered(delivered.Count);
                // Who takes nothing may be dead, or not want just these; who refuses as many keys as are kept is as good as dead.
                failures = _refused.IsFull || (delivered.Count == 0 && !wasRefused) ? failures + 1 : 0;
                if (_refused.IsFull) _refused.Clear();
                numbers.Held = _refused.Count;
                if (failures > 0) await PauseAsync(failures, ct);
            }
        }
        finally
        {
            if (sender is not null) await sender.DisposeAsync();
        }
    }

    /// <summary>The target with its secrets; null if they cannot be opened now.</summary>
    private async ValueTask<EventTarget?> OpenAsync(EventTarget target, CancellationToken ct)
    {
        try
        {
            return await targets.OpenAsync(target, ct);
        }
        catch (KeyManagerException e)
        {
            numbers.AddFailed();
            if (numbers.LastError is null) NotificationLog.Failed(logger, queue.Arn, e.Message);
            numbers.LastError = e.Message;
            return null;
        }
    }

    private async ValueTask<List<QueuedChange>> DropExpiredAsync(List<QueuedChange> batch, CancellationToken ct)
    {
        var least = (time.GetUtcNow() - options.Retention).ToTicks();
        var expired = batch.Where(change => change.Record.TimeTicks < least).ToArray();
        if (expired.Length == 0) return batch;
        await queue.RemoveAsync([.. expired.Select(change => change.Position)], ct);
        foreach (var change in expired) _refused.Forget(change.Record);
        numbers.AddExpired(expired.Length);
        NotificationLog.Expired(logger, queue.Arn, expired.Length, options.Retention.TotalHours);
        return [.. batch.Where(change => change.Record.TimeTicks >= least)];
    }

    private async ValueTask<List<QueuedChange>> ReadAsync(CancellationToken ct)
    {
        if (_wasNudged) _refused.Clear();
        _wasNudged = false;
        var now = time.GetUtcNow();
        var least = (now - options.Retention).ToTicks();
        // What is too old waits for nothing: it is dropped.
        var (batch, oldest) = await queue.ReadAsync(options.BatchSize, change => change.TimeTicks >= least && _refused.Holds(change, now), ct);
        numbers.Oldest = oldest is { } ticks ? KvRecords.FromTicks(ticks) : null;
        if (oldest is null) _refused.Clear();
        numbers.Held = _refused.Count;
        return batch;
    }

    /// <returns>The positions of those that were taken over, and whether it was these events that others were not taken for.</returns>
    private async ValueTask<(IReadOnlyCollection<ulong> Delivered, bool WasRefused)> DeliverAsync(IEventSender sender, List<QueuedChange> batch, CancellationToken ct)
    {
        var delivered = new ConcurrentBag<ulong>();
        var failed = new ConcurrentBag<(ChangeRecord Change, bool IsRefusal)>();
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
                    failed.Add((change.Record, e.IsRefusal));
                    if (delivered.IsEmpty && !e.IsRefusal) await given.CancelAsync();
                    return;
                }
            }
        });
        var taken = delivered.ToHashSet();
        foreach (var change in batch.Where(change => taken.Contains(change.Position))) _refused.Forget(change.Record);
        foreach (var (change, _) in failed) _refused.Note(change);
        return (taken, failed.All(failure => failure.IsRefusal));
    }

    private static string IdOf(QueuedChange change) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{change.Record.BucketId:x16}-{change.Position:x16}");

    private async ValueTask PauseAsync(int failures, CancellationToken ct)
    {
        var ticks = Math.Min(options.LongestRetry.Ticks, options.FirstRetry.Ticks << Math.Min(failures - 1, 20));
        double part;
        // Between half and all of it, so that targets behind one fault do not all come back at once.
        lock (random) part = 0.5 + random.NextDouble() / 2;
        await WaitAsync(TimeSpan.FromTicks((long)(ticks * part)), orMore: false, ct);
    }

    /// <summary>Until a time has passed or the target is another, or, if that is asked, the queue has events.</summary>
    private async ValueTask WaitAsync(TimeSpan length, bool orMore, CancellationToken ct)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        List<Task> calls = [Task.Delay(length > TimeSpan.Zero ? length : TimeSpan.Zero, time, ended.Token), _nudged.WaitAsync(ended.Token)];
        if (orMore) calls.Add(_more.WaitAsync(ended.Token));
        await Task.WhenAny(calls);
        await ended.CancelAsync();
        await Task.WhenAll(calls).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }
}
