using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>
/// Carries versions of this store to the destinations of replication: one task, one version, one destination. Knows the destinations' protocols, and
/// nothing of rules, queues and statuses.
/// </summary>
/// <remarks>
/// What the engine promises: tasks of one key for one destination come one after the other, never two at once, in the order of their changes; those of
/// different keys come side by side, at most a few dozen. Tasks for versions that were there before their rule may come behind tasks for newer versions
/// of their key; among themselves they come from the oldest on.
/// What it asks: a task may come again after it was done (a crash between, an answer that was lost), also after later tasks of its key; that must
/// change nothing. A sender reads the version as it is when it sends, not as it was when the task came about, so that what it sends again is never old.
/// It never deletes a version at a destination, and never brings one back that was deleted there because something about it changed here.
/// Nothing is thrown for what a destination answers or fails to answer; what is thrown is a fault, and counts as <see cref="ReplicaResult.Unavailable"/>.
/// </remarks>
internal interface IReplicaSender
{
    /// <summary>Returns when the destination has made the change durable, or says why not.</summary>
    /// <exception cref="OperationCanceledException">It may have been done all the same.</exception>
    ValueTask<ReplicaOutcome> SendAsync(ReplicaTask task, CancellationToken ct);

    /// <summary>Whether versions of such a bucket could be sent there. Changes nothing, and ends within a few seconds. Asked when a rule is set.</summary>
    ValueTask<DestinationProbe> ProbeAsync(ReplicaDestination destination, SourceTraits source, CancellationToken ct);
}

/// <summary>One version of a bucket of this store for one destination.</summary>
/// <param name="BucketId">If the bucket's name means another bucket now, the version is gone.</param>
/// <param name="Sequence">Of the version; with <paramref name="Nonce"/> it names the version, also one that is called "null".</param>
/// <param name="Parts">What must be at the destination afterwards as it is here.</param>
internal sealed record ReplicaTask(
    ReplicaDestination Destination, string Bucket, ulong BucketId, string Key, ulong Sequence, ulong Nonce, ReplicaParts Parts);

/// <summary>What became of a task.</summary>
internal enum ReplicaResult : byte
{
    /// <summary>It is there, durably.</summary>
    Done = 1,

    /// <summary>The version, or its bucket, is not here any more: there is nothing to send.</summary>
    Gone = 2,

    /// <summary>The destination does not take this version, and would not tomorrow: its status becomes FAILED.</summary>
    Refused = 3,

    /// <summary>The destination is away or overloaded, or the version cannot be read now: to be tried again later.</summary>
    Unavailable = 4,
}

/// <param name="Reason">For the operator, of <see cref="ReplicaResult.Refused"/> and <see cref="ReplicaResult.Unavailable"/>; holds no secrets.</param>
/// <param name="SentBytes">Of the object, as far as they had to be sent.</param>
/// <param name="IsOfVersion">Of <see cref="ReplicaResult.Unavailable"/>: it says nothing about the destination, which others may go on to.</param>
internal readonly record struct ReplicaOutcome(ReplicaResult Result, string? Reason = null, long SentBytes = 0, bool IsOfVersion = false)
{
    /// <summary>A destination may say at length why; what is said is kept in rows, which are bounded.</summary>
    public const int MaxReasonLength = 1_000;

    public string? Reason { get; } = Reason is { Length: > MaxReasonLength } ? Reason[..MaxReasonLength] : Reason;

    public static ReplicaOutcome Done(long sentBytes) => new(ReplicaResult.Done, null, sentBytes);

    public static readonly ReplicaOutcome Gone = new(ReplicaResult.Gone);

    public static ReplicaOutcome Refused(string reason) => new(ReplicaResult.Refused, reason);

    public static ReplicaOutcome Unavailable(string reason) => new(ReplicaResult.Unavailable, reason);

    /// <summary>The version cannot be read, or not be sent that way, now.</summary>
    public static ReplicaOutcome Unreadable(string reason) => new(ReplicaResult.Unavailable, reason, IsOfVersion: true);
}

/// <summary>What a destination must be able to take.</summary>
/// <param name="ObjectLock">The source bucket has object lock.</param>
internal readonly record struct SourceTraits(bool ObjectLock);

internal enum DestinationState : byte
{
    Ready = 0,

    /// <summary>There is no such remote, or no such bucket at it.</summary>
    NotFound = 1,

    /// <summary>The bucket does not keep versions.</summary>
    NotVersioned = 2,

    /// <summary>The source has object lock, and the bucket does not.</summary>
    NoObjectLock = 3,

    /// <summary>The remote's credentials may not write there.</summary>
    Denied = 4,

    /// <summary>What the destination's settings ask for cannot be done at such a destination.</summary>
    Unsupported = 5,

    /// <summary>It does not answer.</summary>
    Unavailable = 6,
}

/// <param name="Message">For whoever sets the rule; null if it is ready.</param>
internal readonly record struct DestinationProbe(DestinationState State, string? Message = null);
