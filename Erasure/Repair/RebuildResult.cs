namespace ObjectStore.Erasure.Repair;

public enum RebuildOutcome
{
    /// <summary>The shard is durable on the target, and equal to the one that was lost.</summary>
    Rebuilt,

    /// <summary>Fewer than k other shards can be read now. Try again when more drives answer.</summary>
    TooFewSources,

    /// <summary>
    /// The others verify, and what they give is not the shard that the row describes. Nothing was committed. The row
    /// or the codec is at fault: a case for a person.
    /// </summary>
    RootMismatch,

    /// <summary>The target refused, failed or hung. Another drive may do.</summary>
    TargetFailed,
}

/// <param name="Reason">Why it was not rebuilt, for people.</param>
public sealed record RebuildResult(RebuildOutcome Outcome, string? Reason = null)
{
    public static RebuildResult Rebuilt { get; } = new(RebuildOutcome.Rebuilt);

    public bool IsRebuilt => Outcome == RebuildOutcome.Rebuilt;
}
