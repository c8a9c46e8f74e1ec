namespace ObjectStore.Client.Admin;

public sealed record ServerDocument
{
    public required string Version { get; init; }

    public required DateTime StartedAt { get; init; }

    public required long UptimeSeconds { get; init; }

    public required string Region { get; init; }

    public required HealthDocument Health { get; init; }

    public required StoreDocument Store { get; init; }
}

/// <param name="Ready">Requests can be served.</param>
/// <param name="Reason">"ready", or what is wrong.</param>
public sealed record HealthDocument(bool Ready, string Reason);

public sealed record StoreDocument
{
    public string? Id { get; init; }

    /// <summary>What new objects get.</summary>
    public required SchemeDocument Scheme { get; init; }

    public required IReadOnlyList<DriveDocument> Drives { get; init; }

    public MetadataDocument? Metadata { get; init; }

    /// <summary>Absent until they have been counted for the first time.</summary>
    public RedundancyDocument? Redundancy { get; init; }

    public BackgroundDocument? Background { get; init; }
}

public sealed record SchemeDocument(int DataShards, int ParityShards);

public sealed record DriveDocument
{
    public required string Id { get; init; }

    /// <summary>Where it is, or was last.</summary>
    public required string Path { get; init; }

    /// <summary>online, latched (it failed, and does not serve) or absent (not found at start).</summary>
    public required string State { get; init; }

    public string? Reason { get; init; }

    /// <summary>Size of the file system; absent with the drive.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>What new shards may still take.</summary>
    public long? AvailableBytes { get; init; }

    /// <summary>Whether it holds a copy of the metadata.</summary>
    public required bool IsMirror { get; init; }
}

public sealed record MetadataDocument
{
    /// <summary>healthy, degraded or latched.</summary>
    public required string State { get; init; }

    public string? Reason { get; init; }

    public required ulong Epoch { get; init; }

    public required int Mirrors { get; init; }

    public required int WantedMirrors { get; init; }

    public required long LastLsn { get; init; }
}

/// <summary>The redundancy ledger. Counts end at <paramref name="CountedUpTo"/>.</summary>
public sealed record RedundancyDocument(bool IsHealed, int LostShards, int LostDrives, int GarbageContents, int CountedUpTo);

/// <summary>Totals are since the start.</summary>
public sealed record BackgroundDocument
{
    public DateTime? HealingLastPass { get; init; }

    public required long HealedShards { get; init; }

    public DateTime? GarbageLastPass { get; init; }

    public required long FreedContents { get; init; }

    public DateTime? OrphansLastPass { get; init; }

    public required long FreedOrphans { get; init; }

    public required long FreedOrphanBytes { get; init; }

    public required long UnexplainedShards { get; init; }
}
