using System.Collections.Concurrent;
using System.Threading.Channels;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Tiers;

/// <summary>A worker for each tier, and what was read through tiers that keep what is read.</summary>
internal sealed class TierRunner
{
    /// <summary>Versions that were read through and wait for their restore to be asked for; what is beyond is asked for when it is read again.</summary>
    private const int MaxReadThrough = 1_000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, TierWorker> _workers = new(StringComparer.Ordinal);
    private readonly Channel<(VersionTarget Target, int Days)> _read = Channel.CreateBounded<(VersionTarget, int)>(new BoundedChannelOptions(MaxReadThrough) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ObjectEngine _engine;
    private readonly DueExecutor _executor;
    private readonly RestoreService _restores;
    private readonly BucketNames _names;
    private readonly ILogger? _logger;

    public TierRunner(ObjectEngine engine, ILogger? logger = null)
    {
        (_engine, _logger) = (engine, logger);
        (_executor, _restores, _names) = (new DueExecutor(engine), new RestoreService(engine), new BucketNames(engine.Store));
        engine.Tiers.ReadThrough = (target, days) => _read.Writer.TryWrite((target, days));
    }

    public TierNumbers NumbersOf(string storageClass) => WorkerOf(storageClass).Numbers;

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var running = new Dictionary<string, Task>(StringComparer.Ordinal);
        var reading = RestoreReadAsync(ct);
        using var timer = new PeriodicTimer(Tick, _engine.Time);
        try
        {
            do
            {
                foreach (var tier in _engine.Tiers.All)
                {
                    if (!running.ContainsKey(tier.StorageClass)) running.Add(tier.StorageClass, Task.Run(() => ServeAsync(tier.StorageClass, ct), CancellationToken.None));
                }
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: rows wait for the next start.
        }
        await Task.WhenAll(running.Values.Append(reading));
    }

    /// <summary>One pass over all tiers, one after the other. Whether anything was done.</summary>
    public async ValueTask<bool> PassAsync(CancellationToken ct)
    {
        var any = false;
        while (_read.Reader.TryRead(out var read)) await RestoreAsync(read.Target, read.Days, ct);
        foreach (var tier in _engine.Tiers.All) any |= await WorkerOf(tier.StorageClass).PassAsync(ct);
        return any;
    }

    private TierWorker WorkerOf(string storageClass) =>
        _workers.GetOrAdd(storageClass, name => new TierWorker(_engine, name, _executor, _restores, _names, _logger));

    private async Task ServeAsync(string storageClass, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await WorkerOf(storageClass).RunAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (_logger is not null) StoreLog.TierFailed(_logger, e, storageClass);
                await Task.Delay(Pause, _engine.Time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RestoreReadAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var (target, days) in _read.Reader.ReadAllAsync(ct)) await RestoreAsync(target, days, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // What was read may be asked for again.
        }
    }

    private async ValueTask RestoreAsync(VersionTarget target, int days, CancellationToken ct)
    {
        try
        {
            await _restores.RequestAsync(target, days, ct);
        }
        catch (KvException e)
        {
            if (_logger is not null) StoreLog.TierFailed(_logger, e, target.Bucket);
        }
    }
}
