namespace ObjectStore.Client;

/// <summary>Ends an attempt of which nothing moves any more. Dispose it when the attempt is over.</summary>
internal sealed class ProgressWatch : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _stalled;
    private readonly CancellationTokenSource _either;

    /// <param name="limit">How long nothing may move.</param>
    /// <param name="first">How long nothing need have moved yet.</param>
    public ProgressWatch(TimeSpan limit, TimeSpan first, TimeProvider time, CancellationToken ct)
    {
        _limit = limit;
        _stalled = new CancellationTokenSource(first, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_stalled.Token, ct);
    }

    /// <summary>Of the caller, or of this.</summary>
    public CancellationToken Token => _either.Token;

    public bool HasStalled => _stalled.IsCancellationRequested;

    /// <summary>Bytes moved: the time begins anew.</summary>
    public void Moved() => _stalled.CancelAfter(_limit);

    /// <summary>Another limit until something moves.</summary>
    public void Allow(TimeSpan limit) => _stalled.CancelAfter(limit);

    public void Dispose()
    {
        _either.Dispose();
        _stalled.Dispose();
    }
}
