using ObjectStore.Metadata.Embedded;
using ObjectStore.Storage;
using ObjectStore.Storage.IO;

namespace ObjectStore.Metadata.Tests.Embedded;

/// <summary>A directory that plays a drive. Its membership record is a file beside the mirror, so it survives and can be copied.</summary>
internal sealed class TestDrive(DriveId id, string directory, IFileSystem fileSystem) : IMirrorDrive
{
    private readonly Lock _lock = new();

    public DriveId Id { get; } = id;

    public string Directory { get; } = directory;

    public IFileSystem FileSystem { get; } = fileSystem;

    public bool IsUsable { get; set; } = true;

    /// <summary>Fails the writing of membership records.</summary>
    public bool FailMembershipWrites { get; set; }

    /// <summary>Fails the writing of the membership records that it is true of.</summary>
    public Func<byte[], bool>? RefuseMembership { get; set; }

    /// <summary>The writing of a membership record waits for the task that this gives for it.</summary>
    public Func<byte[], Task>? HoldMembership { get; set; }

    public int MembershipWrites { get; private set; }

    private string MembershipPath => Path.Combine(Directory, "membership");

    public byte[]? ReadMembership() => File.Exists(MembershipPath) ? File.ReadAllBytes(MembershipPath) : null;

    public async Task WriteMembershipAsync(ReadOnlyMemory<byte> record, CancellationToken ct)
    {
        if (HoldMembership is { } hold) await hold(record.ToArray());
        if (FailMembershipWrites || !IsUsable || RefuseMembership?.Invoke(record.ToArray()) == true) throw new IOException("The drive is told to fail.");
        lock (_lock)
        {
            File.WriteAllBytes(MembershipPath, record.ToArray());
            MembershipWrites++;
        }
    }
}
