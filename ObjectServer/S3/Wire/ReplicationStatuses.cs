using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Wire;

/// <summary>How S3 calls the status of a version's replication.</summary>
internal static class ReplicationStatuses
{
    public const string Header = "x-amz-replication-status";

    /// <summary>Null for a version that has nothing to do with replication.</summary>
    public static string? Name(ReplicationStatus status) => status switch
    {
        ReplicationStatus.Pending => "PENDING",
        // The API's model has COMPLETE; what S3 sends, and its guide says, is this.
        ReplicationStatus.Completed => "COMPLETED",
        ReplicationStatus.Failed => "FAILED",
        ReplicationStatus.Replica => "REPLICA",
        _ => null,
    };
}
