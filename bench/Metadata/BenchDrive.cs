using ObjectStore.Metadata.Embedded;
using ObjectStore.Storage;
using ObjectStore.Storage.IO;

namespace ObjectStore.Bench.Metadata;

/// <summary>A directory that plays a drive.</summary>
internal sealed class BenchDrive(int number, string directory) : IMirrorDrive
{
    private byte[]? _membership;

    public DriveId Id { get; } = new(new Guid(number, 0, 0, new byte[8]));

    public string Directory { get; } = System.IO.Directory.CreateDirectory(directory).FullName;

    public IFileSystem FileSystem { get; } = new LinuxFileSystem();

    public bool IsUsable => true;

    public byte[]? ReadMembership() => _membership;

    public Task WriteMembershipAsync(ReadOnlyMemory<byte> record, CancellationToken ct)
    {
        _membership = record.ToArray();
        return Task.CompletedTask;
    }
}
