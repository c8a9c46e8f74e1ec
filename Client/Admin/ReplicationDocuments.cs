using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>How the replication of one bucket stands. Counts of what happened are of this run of the server.</summary>
public sealed record BucketReplicationDocument
{
    public required string Bucket { get; init; }

    public required IReadOnlyList<ReplicationDestinationDocument> Destinations { get; init; }

    /// <summary>The last walk through existing versions; absent if there was none.</summary>
    public ReplicationSyncDocument? Sync { get; init; }
}

public sealed record ReplicationDestinationDocument
{
    /// <summary>ARN of the destination's bucket.</summary>
    public required string Destination { get; init; }

    /// <summary>Changes that wait.</summary>
    public required long Pending { get; init; }

    public required long PendingBytes { get; init; }

    /// <summary>Age of the change that waits for longest; 0 if none does.</summary>
    public required double LagSeconds { get; init; }

    public required long Done { get; init; }

    public required long SentBytes { get; init; }

    /// <summary>Refused by the destination: their status is FAILED.</summary>
    public required long Failed { get; init; }

    /// <summary>Attempts that failed and are made again.</summary>
    public required long Retries { get; init; }

    /// <summary>Why an attempt failed last; absent once one has succeeded since.</summary>
    public string? LastError { get; init; }

    /// <summary>Why a version was refused last.</summary>
    public string? LastRefusal { get; init; }
}

public sealed record ReplicationSyncDocument
{
    /// <summary>running, finished, cancelled, or rules-removed.</summary>
    public required string State { get; init; }

    public required DateTime BegunAt { get; init; }

    public DateTime? EndedAt { get; init; }

    public string? Prefix { get; init; }

    public required bool FailedOnly { get; init; }

    public required bool Again { get; init; }

    /// <summary>Versions that were looked at so far.</summary>
    public required ulong Looked { get; init; }

    /// <summary>And given to the queues.</summary>
    public required ulong Queued { get; init; }
}

/// <summary>Which existing versions are to be replicated: all that no destination has or waits for, unless it says otherwise.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewReplicationSyncDocument
{
    public string? Prefix { get; init; }

    /// <summary>Only those whose status is FAILED.</summary>
    public bool? FailedOnly { get; init; }

    /// <summary>Also what the destinations have already.</summary>
    public bool? Again { get; init; }
}
