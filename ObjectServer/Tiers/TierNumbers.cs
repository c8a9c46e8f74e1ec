namespace ObjectStore.Server.Tiers;

/// <summary>What one tier's worker has done since the start, and what it has before it.</summary>
internal sealed class TierNumbers
{
    private long _moved, _movedBytes, _restored, _restoredBytes, _deleted, _failures;

    public long Moved => Interlocked.Read(ref _moved);

    public long MovedBytes => Interlocked.Read(ref _movedBytes);

    public long Restored => Interlocked.Read(ref _restored);

    public long RestoredBytes => Interlocked.Read(ref _restoredBytes);

    public long Deleted => Interlocked.Read(ref _deleted);

    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Rows as of the last pass, counted up to a bound.</summary>
    public int WaitingMoves { get; set; }

    public int WaitingRestores { get; set; }

    public int WaitingDeletions { get; set; }

    /// <summary>Why the last attempt failed; null if it did not.</summary>
    public string? LastError { get; set; }

    /// <summary>Whether the tier did not answer, or did not let the server in, when it was last asked.</summary>
    public bool IsAway { get; set; }

    public void NoteMoved(long bytes)
    {
        Interlocked.Increment(ref _moved);
        Interlocked.Add(ref _movedBytes, bytes);
    }

    public void NoteRestored(long bytes)
    {
        Interlocked.Increment(ref _restored);
        Interlocked.Add(ref _restoredBytes, bytes);
    }

    public void NoteDeleted() => Interlocked.Increment(ref _deleted);

    public void NoteFailed(string reason)
    {
        Interlocked.Increment(ref _failures);
        LastError = reason;
    }
}
