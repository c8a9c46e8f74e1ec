namespace ObjectStore.Storage.Drives;

/// <summary>Flushing the index and freeing space, on a thread of its own.</summary>
public sealed partial class Drive
{
    /// <summary>One turn of freeing space: flushes the index, punches holes, unlinks empty files, copies sparse ones forward.</summary>
    /// <param name="budgetBytes">Bytes that it may copy; one file more may be begun.</param>
    /// <returns>Whether there was anything to do.</returns>
    public async Task<bool> ReclaimOnceAsync(long budgetBytes, CancellationToken ct)
    {
        ThrowIfNotServing();
        try
        {
            return await _maintenance.RunAsync(() => _reclaimer.RunOnce(budgetBytes), ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "freeing space");
        }
    }

    /// <summary>Writes the index's memory to its files: what was committed before need not be replayed at the next open.</summary>
    public async Task FlushIndexAsync(CancellationToken ct)
    {
        ThrowIfNotServing();
        try
        {
            await _maintenance.RunAsync(_index.Flush, ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "flushing the index");
        }
    }

    /// <summary>One look of the health probe, for tests and operators. The result stands in <see cref="Health"/>.</summary>
    public Task ProbeOnceAsync(CancellationToken ct) => _maintenance.RunAsync(_probe.Look, ct);

    /// <summary>Begins new files of log and bulk, so that the present ones can be reclaimed.</summary>
    internal async Task SealFilesAsync(CancellationToken ct)
    {
        await _log.RollAsync(ct);
        await _maintenance.RunAsync(_bulk.SealActive, ct);
    }

    private void QueueFlush()
    {
        if (Interlocked.Exchange(ref _flushQueued, 1) == 0) _ = RunInBackgroundAsync(FlushQueuedAsync);
    }

    private async Task FlushQueuedAsync()
    {
        Volatile.Write(ref _flushQueued, 0);
        await FlushIndexAsync(CancellationToken.None);
    }

    private void QueueTurn()
    {
        if (!IsServing || Interlocked.Exchange(ref _turnRunning, 1) != 0) return;
        _ = RunInBackgroundAsync(async () =>
        {
            try
            {
                await ReclaimOnceAsync(_options.ReclaimBudgetBytes, CancellationToken.None);
            }
            finally
            {
                Volatile.Write(ref _turnRunning, 0);
            }
        });
    }

    // A fault has latched the drive where it must, and its reason says why; a full disk passes. Neither has a caller here.
    private async Task RunInBackgroundAsync(Func<Task> body)
    {
        try
        {
            await body();
        }
        catch (DriveException e)
        {
            if (e.Fault is DriveFault.Io) Latch(e.Message);
        }
        catch (Exception e)
        {
            Latch($"a background task failed: {e}");
        }
    }
}
