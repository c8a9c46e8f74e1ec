using ObjectStore.Metadata.Embedded;
using ObjectStore.Server.Composition;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Drives and metadata in numbers.</summary>
internal sealed class StoreMetrics(IReadOnlyList<StoreDrive> drives, EmbeddedKeyValueStore metadata, int totalDrives) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        text.Family("objectstore_drives", "gauge", "Drives that the store was given.");
        text.Sample("objectstore_drives", totalDrives);
        text.Family("objectstore_drive_online", "gauge", "1 if the drive serves.");
        foreach (var drive in drives) text.Sample("objectstore_drive_online", $"drive=\"{drive.Id}\"", drive.IsUsable ? 1 : 0);
        text.Family("objectstore_drive_bytes", "gauge", "Size of the drive's file system.");
        foreach (var drive in drives) text.Sample("objectstore_drive_bytes", $"drive=\"{drive.Id}\"", drive.Current.Space.TotalBytes);
        text.Family("objectstore_drive_available_bytes", "gauge", "Bytes that new shards may still take.");
        foreach (var drive in drives) text.Sample("objectstore_drive_available_bytes", $"drive=\"{drive.Id}\"", drive.Current.Space.AvailableBytes);
        var health = metadata.Health;
        text.Family("objectstore_metadata_mirrors", "gauge", "Mirrors that hold the metadata.");
        text.Sample("objectstore_metadata_mirrors", health.Mirrors.Count);
        text.Family("objectstore_metadata_mirrors_wanted", "gauge", "Mirrors that there should be.");
        text.Sample("objectstore_metadata_mirrors_wanted", health.WantedMirrors);
        text.Family("objectstore_metadata_epoch", "gauge", "Membership changes of the metadata.");
        text.Sample("objectstore_metadata_epoch", health.Epoch);
    }
}
