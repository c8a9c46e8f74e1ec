using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>A storage class whose objects lie in another S3 endpoint.</summary>
public sealed record TierDocument
{
    public required string StorageClass { get; init; }

    public required string Remote { get; init; }

    public required string Bucket { get; init; }

    public required string Prefix { get; init; }

    public required bool ReadThrough { get; init; }

    public required int KeepDays { get; init; }

    /// <summary>Absent for the default class there.</summary>
    public string? TargetClass { get; init; }

    public required bool PlainNames { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>That the store has there, those that are to be deleted and about to be written among them.</summary>
    public required long Objects { get; init; }

    /// <summary>This and the next two as of a second ago, counted up to 10,000.</summary>
    public required int WaitingMoves { get; init; }

    public required int WaitingRestores { get; init; }

    public required int WaitingDeletions { get; init; }

    public required bool IsAway { get; init; }

    /// <summary>Why the last attempt failed; absent if it did not.</summary>
    public string? LastError { get; init; }
}

public sealed record TierListDocument(IReadOnlyList<TierDocument> Tiers);

/// <summary>What a tier shall be. Remote, bucket and prefix of one that is there stay.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewTierDocument
{
    public required string Remote { get; init; }

    /// <summary>May have ${bucket} in it.</summary>
    public required string Bucket { get; init; }

    public string? Prefix { get; init; }

    /// <summary>False if absent.</summary>
    public bool? ReadThrough { get; init; }

    /// <summary>With readThrough: for how long what was read is restored. 0 if absent: it is not.</summary>
    public int? KeepDays { get; init; }

    public string? TargetClass { get; init; }

    /// <summary>False if absent.</summary>
    public bool? PlainNames { get; init; }
}
