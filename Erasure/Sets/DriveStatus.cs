using ObjectStore.Storage;

namespace ObjectStore.Erasure.Sets;

/// <summary>A drive as the store sees it at one moment: for health, metrics and people.</summary>
/// <param name="StuckOperations">Operations that were given up on and have not ended yet. New blobs avoid the drive while there are any.</param>
/// <param name="ReadLatencyP95">95th percentile of the recent reads of this drive, as this store measured it.</param>
public sealed record DriveStatus(
    DriveId Id,
    string Location,
    FailureDomain Domain,
    DriveHealth Health,
    DriveSpace Space,
    int StuckOperations,
    TimeSpan ReadLatencyP95)
{
    /// <summary>New blobs may be placed on it (room permitting).</summary>
    public bool IsUsable => Health.State == DriveState.Online && StuckOperations == 0;
}
