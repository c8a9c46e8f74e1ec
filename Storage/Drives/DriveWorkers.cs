namespace ObjectStore.Storage.Drives;

/// <summary>
/// The threads on which a drive blocks, so that a device that hangs never holds a thread of the pool. The queue is
/// bounded; callers beyond it wait asynchronously.
/// </summary>
internal sealed class DriveWorkers : IDisposable
{
    private const int StackBytes = 512 * 1024;
    private readonly Queue<DriveWork> _queue = new();
    private readonly DriveWork?[] _running;
    private readonly SemaphoreSlim _room;
    // A monitor, because its wait sleeps at once: a semaphore's spins first, and with several threads a drive that took
    // a third of the processor during large uploads.
    private readonly object _gate = new();
    private readonly Thread[] _threads;
    private bool _closed;

    public DriveWorkers(string name, int threads, int queueLimit)
    {
        _room = new SemaphoreSlim(queueLimit);
        _threads = new Thread[threads];
        _running = new DriveWork?[threads];
        for (var i = 0; i < threads; i++)
        {
            var index = i;
            _threads[i] = new Thread(() => Run(index), StackBytes) { IsBackground = true, Name = $"{name}-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>
    /// Runs the work on one of the threads. Cancelling removes work that has not begun; work that has begun is
    /// abandoned if it can be (<see cref="DriveWork.TryAbandon"/>), else it is waited for.
    /// </summary>
    /// <exception cref="DriveException">Closed, or what the queue was failed with.</exception>
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
            Monitor.Pulse(_gate);
        }
        if (!ct.CanBeCanceled) return await work.Task;
        await using (ct.UnsafeRegister(static (state, token) => ((DriveWork)state!).Cancel(token), work))
            return await work.Task;
    }

    public Task<T> RunAsync<T>(Func<T> body, CancellationToken ct) => RunAsync(new FuncWork<T>(body), ct);

    public Task RunAsync(Action body, CancellationToken ct) => RunAsync(() => { body(); return true; }, ct);

    /// <summary>Fails what waits in the queue, and what runs and can be abandoned.</summary>
    public void FailAll(Exception fault)
    {
        DriveWork[] works;
        lock (_gate) works = [.. _queue, .. _running.OfType<DriveWork>()];
        foreach (var work in works) work.Fail(fault);
    }

    /// <summary>Lets what is queued finish, and blocks until it has: while the kernel holds a thread, what that thread uses must stay.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads)
            if (thread != Thread.CurrentThread) thread.Join();
    }

    private void Run(int thread)
    {
        while (Take(thread) is { } work)
        {
            _room.Release();
            work.Run();
        }
    }

    /// <summary>Ends the thread's work before, and waits for the next; null when closed and nothing is left.</summary>
    private DriveWork? Take(int thread)
    {
        lock (_gate)
        {
            _running[thread] = null;
            DriveWork? work;
            while (!_queue.TryDequeue(out work))
            {
                if (_closed) return null;
                Monitor.Wait(_gate);
            }
            _running[thread] = work;
            return work;
        }
    }

    private sealed class FuncWork<T>(Func<T> body) : DriveWork<T>
    {
        protected override T Execute() => body();
    }
}
