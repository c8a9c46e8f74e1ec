namespace ObjectStore.Server.Objects;

/// <summary>Wakes the one who waits for changes of one sort.</summary>
internal sealed class ChangeSignal
{
    private readonly SemaphoreSlim _written = new(0, 1);
    private volatile bool _isPending;

    /// <summary>A transaction that is to be committed has written changes.</summary>
    public void Expect() => _isPending = true;

    /// <summary>A transaction was committed.</summary>
    public void Committed()
    {
        if (!_isPending) return;
        _isPending = false;
        Wake();
    }

    /// <summary>Makes <see cref="WaitAsync"/> return, now or when it is called next.</summary>
    public void Wake()
    {
        try
        {
            _written.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else has woken it.
            return;
        }
    }

    /// <summary>Returns when changes may have been committed, or after <paramref name="limit"/>: a hint, not a promise.</summary>
    public async ValueTask WaitAsync(TimeSpan limit, CancellationToken ct) => await _written.WaitAsync(limit, ct);
}
