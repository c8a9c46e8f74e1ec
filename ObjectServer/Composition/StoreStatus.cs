using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Embedded;
using ObjectStore.Server.Admin;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Background;
using ObjectStore.Storage;

namespace ObjectStore.Server.Composition;

/// <summary>The store as the admin API tells it, from what its parts know of themselves.</summary>
internal sealed class StoreStatus(
    Scheme scheme,
    IReadOnlyList<StoreDrive> drives,
    IReadOnlyList<RegisteredDrive> registered,
    EmbeddedKeyValueStore metadata,
    BackgroundCensus census,
    HealingSchedule healing,
    GarbageCollector garbage,
    OrphanCollector orphans) : IStoreStatus
{
    public StoreDocument Read()
    {
        var health = metadata.Health;
        var absent = registered.Where(known => drives.All(drive => drive.Id != known.Id));
        return new StoreDocument
        {
            Id = drives[0].Current.Identity.Store.ToString(),
            Scheme = new SchemeDocument(scheme.DataShards, scheme.ParityShards),
            Drives = [.. drives.Select(drive => Describe(drive, health)), .. absent.Select(drive => DescribeAbsent(drive, health))],
            Metadata = Describe(health),
            Redundancy = census.Last is { } counts
                ? new RedundancyDocument(counts.IsHealed, counts.LostShards, counts.LostDrives, counts.Garbage, BackgroundCensus.MaxCount)
                : null,
            Background = DescribeWork(),
        };
    }

    private static DriveDocument Describe(StoreDrive drive, EmbeddedHealth metadata)
    {
        var current = drive.Current;
        var health = current.Health;
        var isOnline = health.State == DriveState.Online;
        var space = isOnline ? current.Space : (DriveSpace?)null;
        return new DriveDocument
        {
            Id = drive.Id.ToString(),
            Path = drive.Directory,
            State = isOnline ? "online" : "latched",
            Reason = health.Reason,
            TotalBytes = space?.TotalBytes,
            AvailableBytes = space?.AvailableBytes,
            IsMirror = metadata.Mirrors.Contains(drive.Id),
        };
    }

    private static DriveDocument DescribeAbsent(RegisteredDrive drive, EmbeddedHealth metadata) => new()
    {
        Id = drive.Id.ToString(),
        Path = drive.Path,
        State = "absent",
        Reason = "It was not found at start.",
        IsMirror = metadata.Mirrors.Contains(drive.Id),
    };

    private static MetadataDocument Describe(EmbeddedHealth health) => new()
    {
        State = health.State.ToString().ToLowerInvariant(),
        Reason = health.Reason,
        Epoch = health.Epoch,
        Mirrors = health.Mirrors.Count,
        WantedMirrors = health.WantedMirrors,
        LastLsn = health.LastLsn,
    };

    private BackgroundDocument DescribeWork() => new()
    {
        HealingLastPass = healing.LastPass?.UtcDateTime,
        HealedShards = healing.Healed,
        GarbageLastPass = garbage.LastPass?.UtcDateTime,
        FreedContents = garbage.Freed,
        OrphansLastPass = orphans.LastPass?.UtcDateTime,
        FreedOrphans = orphans.Freed,
        FreedOrphanBytes = orphans.FreedBytes,
        UnexplainedShards = orphans.LastResult.Unexplained,
    };
}
