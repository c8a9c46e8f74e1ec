using ObjectStore.Storage;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

public sealed record EmbeddedOptions
{
    /// <summary>m: how many drives may be lost without losing metadata. Mirrors lie on min(m + 1, drives) drives.</summary>
    public int Parity { get; init; } = 2;

    /// <summary>Drives that the store has, those included that cannot be opened now; 0: as many as are passed in.</summary>
    public int TotalDrives { get; init; }

    /// <summary>How much later than the first mirror another may sync a group before it is fenced.</summary>
    public TimeSpan MirrorDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long writing a membership record to one drive may take before that drive counts as failed.</summary>
    public TimeSpan MembershipDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Blocks of all mirrors' databases together.</summary>
    public long BlockCacheBytes { get; init; } = 64L << 20;

    /// <summary>Unflushed rows of the mirror that serves reads.</summary>
    public long PrimaryWriteBufferBytes { get; init; } = 48L << 20;

    /// <summary>Unflushed rows of each other mirror.</summary>
    public long MirrorWriteBufferBytes { get; init; } = 16L << 20;

    /// <summary>Journal bytes after which a mirror flushes its database, so that replay stays short and journal files can go.</summary>
    public long FlushIntervalBytes { get; init; } = 64L << 20;

    /// <summary>Sealed journal files that are kept although the database has their records.</summary>
    public int KeepJournalFiles { get; init; } = 2;

    /// <summary>Journal bytes that a mirror which does not serve reads may lag behind in memory; then it reads its journal again.</summary>
    public long ApplyQueueBytes { get; init; } = 32L << 20;

    /// <summary>Payload bytes at which a group takes no further transaction.</summary>
    public int MaxGroupBytes { get; init; } = 2 << 20;

    /// <summary>Transactions that may wait for the committer; further ones wait in front.</summary>
    public int CommitQueueLength { get; init; } = 4096;

    /// <summary>Keys of recent commits that conflicts are found with; a transaction that began before them fails with a conflict.</summary>
    public int ConflictWindowKeys { get; init; } = 200_000;

    /// <summary>
    /// Opens with the newest membership record that can be read although it is not proven to be the newest: commits
    /// that only drives which are absent know of are lost for good. Changes of the membership then need no quorum.
    /// </summary>
    public bool AllowUnprovenMembership { get; init; }

    /// <summary>Whether another drive takes the place of a mirror that was lost.</summary>
    public bool ReplaceLostMirrors { get; init; } = true;

    /// <summary>How the journal is written; its observer and first LSN are the store's own.</summary>
    public LogOptions Journal { get; init; } = new();
}

public enum EmbeddedState
{
    /// <summary>As many mirrors as are wanted.</summary>
    Healthy,

    /// <summary>Fewer mirrors than wanted: it works, but stands fewer losses.</summary>
    Degraded,

    /// <summary>No commit is accepted any more; reads still see what was committed. Restart once the drives are back.</summary>
    Latched,
}

/// <param name="Mirrors">Members of the epoch; the first serves reads.</param>
/// <param name="Reason">What is wrong, in words for the operator.</param>
public sealed record EmbeddedHealth(EmbeddedState State, ulong Epoch, IReadOnlyList<DriveId> Mirrors, int WantedMirrors, long LastLsn, string? Reason);
