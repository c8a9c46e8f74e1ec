using ObjectStore.Metadata.Embedded;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Composition;

/// <summary>A drive of the store as the metadata sees it. Stays the same when the drive is closed and opened anew.</summary>
internal sealed class StoreDrive(Drive drive) : IMirrorDrive, ILogSpoolPlace
{
    private volatile Drive _current = drive;

    public DriveId Id { get; } = drive.Id;

    /// <summary>The drive as it was opened last; latched if it failed.</summary>
    public Drive Current { get => _current; set => _current = value; }

    public string Directory => _current.Location;

    public IFileSystem FileSystem => _current.FileSystem;

    public bool IsUsable => _current.Health.State == DriveState.Online;

    public byte[]? ReadMembership() => _current.ReadMembership();

    public Task WriteMembershipAsync(ReadOnlyMemory<byte> record, CancellationToken ct) => _current.WriteMembershipAsync(record, ct);
}
