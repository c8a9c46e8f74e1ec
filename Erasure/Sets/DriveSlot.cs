using ObjectStore.Storage;

namespace ObjectStore.Erasure.Sets;

/// <summary>A drive's seat in a <see cref="DriveSet"/>, with what the store itself has measured of it.</summary>
internal sealed class DriveSlot(IDrive drive, FailureDomain domain)
{
    private int _stuckOperations;

    public IDrive Drive { get; } = drive;

    public FailureDomain Domain { get; } = domain;

    public LatencyQuantile ReadLatency { get; } = new();

    public int StuckOperations => Volatile.Read(ref _stuckOperations);

    public bool IsUsable => StuckOperations == 0 && Drive.Health.State == DriveState.Online;

    /// <summary>An operation was given up on: the drive takes no new blobs until it ends.</summary>
    public void EnterStuck() => Interlocked.Increment(ref _stuckOperations);

    public void LeaveStuck() => Interlocked.Decrement(ref _stuckOperations);

    public DriveStatus ToStatus() =>
        new(Drive.Id, Drive.Location, Domain, Drive.Health, Drive.Space, StuckOperations, ReadLatency.Value);
}
