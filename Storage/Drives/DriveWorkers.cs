namespace ObjectStore.Storage.Drives;

/// <summary>
/// The threads on which a drive blocks, so that a device that hangs never holds a thread of the pool. The queue is
/// bounded; callers beyond it wait asynchronously.
/// </summary>
internal sealed class DriveWorkers : IDisposable
{
    private readonly Queue<DriveWork> _queue = new();
    private readonly SemaphoreSlim _room;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _ready = new(0);
    private readonly Thread[] _threads;
    private bool _closed;

    public DriveWorkers(string name, int threads, int queueLimit)
    {
        _room = new SemaphoreSlim(queueLimit);
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = $"{name}-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>
    /// Runs the work on one of the threads. Cancelling removes work that has not begun; work that has begun is
    /// abandoned if it can be (<see cref="DriveWork.TryAbandon"/>), else it is waited for.
    /// </summary>
    /// <exception cref="DriveException">Closed.</exception>
    public async Task<T> RunAsync<T>(DriveWork<T> work, CancellationToken ct)
    {
        await _room.WaitAsync(ct);
        lock (_gate)
        {
            if (_closed)
            {
                _room.Release();
                throw new DriveException(DriveFault.Closed, "The drive is closed.");
            }
            _queue.Enqueue(work);
        }
        _ready.Release();
        if (!ct.CanBeCanceled) return await work.Task;
        await using (ct.UnsafeRegister(static (state, token) => ((DriveWork)state!).Cancel(token), work))
            return await work.Task;
    }

    public Task<T> RunAsync<T>(Func<T> body, CancellationToken ct) => RunAsync(new FuncWork<T>(body), ct);

    private void Run()
    {
        while (true)
        {
            _ready.Wait();
            DriveWork? work;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out work))
                {
                    if (_closed) return;
                    continue;
                }
            }
            _room.Release();
            work.Run();
        }
    }

    /// <summary>Lets what is queued finish. Threads that hang in the kernel are left to it: they are background threads.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
        }
        _ready.Release(_threads.Length);
        var deadline = Environment.TickCount64 + 5_000;
        foreach (var thread in _threads)
            if (thread != Thread.CurrentThread) thread.Join((int)Math.Max(0, deadline - Environment.TickCount64));
    }

    private sealed class FuncWork<T>(Func<T> body) : DriveWork<T>
    {
        protected override T Execute() => body();
    }
}

internal abstract class DriveWork
{
    private const int Queued = 0;
    private const int Running = 1;
    private const int Cancelled = 2;
    private int _state;

    public void Run()
    {
        if (Interlocked.CompareExchange(ref _state, Running, Queued) == Queued) RunBody();
    }

    public void Cancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Queued) == Queued || TryAbandon()) SetCancelled(token);
    }

    /// <summary>
    /// True if the caller may go on although the body still runs: from then on the body must not touch anything
    /// of the caller's. Writes cannot be abandoned, since the kernel still reads the caller's memory.
    /// </summary>
    protected virtual bool TryAbandon() => false;

    protected abstract void RunBody();

    protected abstract void SetCancelled(CancellationToken token);
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
}
