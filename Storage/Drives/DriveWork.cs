namespace ObjectStore.Storage.Drives;

/// <summary>One piece of blocking work for <see cref="DriveWorkers"/>.</summary>
internal abstract class DriveWork
{
    private const int Queued = 0;
    private const int Running = 1;
    private const int Dropped = 2;
    private int _state;

    public void Run()
    {
        if (Interlocked.CompareExchange(ref _state, Running, Queued) == Queued) RunBody();
    }

    public void Cancel(CancellationToken token)
    {
        if (TryDrop()) SetCancelled(token);
    }

    public void Fail(Exception fault)
    {
        if (TryDrop()) SetFault(fault);
    }

    /// <summary>
    /// True if the caller may go on although the body still runs: from then on the body must not touch anything
    /// of the caller's. Writes cannot be abandoned, since the kernel still reads the caller's memory.
    /// </summary>
    protected virtual bool TryAbandon() => false;

    protected abstract void RunBody();

    protected abstract void SetCancelled(CancellationToken token);

    protected abstract void SetFault(Exception fault);

    private bool TryDrop() => Interlocked.CompareExchange(ref _state, Dropped, Queued) == Queued || TryAbandon();
}

internal abstract class DriveWork<T> : DriveWork
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _completion.Task;

    protected abstract T Execute();

    protected sealed override void RunBody()
    {
        try
        {
            _completion.TrySetResult(Execute());
        }
        catch (Exception e)
        {
            _completion.TrySetException(e);
        }
    }

    protected sealed override void SetCancelled(CancellationToken token) => _completion.TrySetCanceled(token);

    protected sealed override void SetFault(Exception fault) => _completion.TrySetException(fault);
}
