using ObjectStore.Metadata.Embedded;

namespace ObjectStore.Server.Composition;

/// <summary>
/// Whether the drives that hold the metadata have room beyond their reserve. Journal and rows grow without asking a drive,
/// and without room for them nothing could be deleted any more: new objects stop before it comes to that.
/// </summary>
internal sealed class MetadataRoom(IReadOnlyList<StoreDrive> drives, EmbeddedKeyValueStore metadata)
{
    public bool HasRoom()
    {
        var members = metadata.Health.Mirrors;
        foreach (var drive in drives)
            if (drive.IsUsable && drive.Current.Space.AvailableBytes == 0 && members.Contains(drive.Id)) return false;
        return true;
    }
}
