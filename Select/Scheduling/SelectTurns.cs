namespace ObjectStore.Select;

/// <summary>
/// What queries may take of the machine: so many are there at a time, and fewer of them scan. A query scans a chunk, and then the one that has waited for
/// longest has its turn; so a small query gets through beside large ones, and other requests find processors whatever is asked here.
/// </summary>
public sealed class SelectTurns
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private readonly int _maxQueries;
    private int _free;
    private int _queries;

    /// <param name="running">Queries that scan at the same time, each on a processor; at least 1.</param>
    /// <param name="maxQueries">Queries that run or wait; each holds some 30 MB at most.</param>
    public SelectTurns(int running, int maxQueries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(running, 1);
        (_free, _maxQueries) = (running, maxQueries);
    }

    /// <summary>Half of the processors, and 32 queries.</summary>
    public static SelectTurns ForThisMachine() => new(Math.Max(1, Environment.ProcessorCount / 2), 32);

    /// <summary>Queries that wait for a turn.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>False when there are as many queries as there may be. Whoever is in must <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_queries >= _maxQueries) return false;
            _queries++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock) _queries--;
    }

    internal ValueTask TakeAsync(CancellationToken ct)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return ValueTask.CompletedTask;
            }
            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        return WaitAsync(place, ct);
    }

    /// <summary>Gives the turn to who waits, in order.</summary>
    internal void Return()
    {
        lock (_lock)
        {
            if (_waiting.First is not { } next)
            {
                _free++;
                return;
            }
            _waiting.RemoveFirst();
            next.Value.SetResult();
        }
    }

    private async ValueTask WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken ct)
    {
        await using var cancellation = ct.UnsafeRegister(_ => Cancel(place, ct), null);
        await place.Value.Task.ConfigureAwait(false);
    }

    // Who has been given a turn meanwhile keeps it.
    private void Cancel(LinkedListNode<TaskCompletionSource> place, CancellationToken ct)
    {
        lock (_lock)
        {
            if (place.List is null) return;
            _waiting.Remove(place);
            place.Value.SetCanceled(ct);
        }
    }
}
