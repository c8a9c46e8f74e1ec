namespace ObjectStore.Erasure.Stripes;

/// <summary>Keeps the tasks that outlive the call that began them, so that none is lost and a close can wait for them.</summary>
internal sealed class BackgroundWork
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];

    public int Count
    {
        get
        {
            lock (_gate)
                return _running.Count;
        }
    }

    /// <param name="work">Begun already; must not fail.</param>
    public void Track(Task work)
    {
        if (work.IsCompletedSuccessfully)
            return;
        lock (_gate)
            _running.Add(work);
        work.ContinueWith(
            static (ended, state) => ((BackgroundWork)state!).Forget(ended),
            this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Completes when all that ran at the time of the call has ended.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
            return Task.WhenAll(_running);
    }

    private void Forget(Task ended)
    {
        lock (_gate)
            _running.Remove(ended);
    }
}
