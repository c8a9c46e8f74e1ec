using ObjectStore.Storage;
using ObjectStore.Storage.IO;

namespace ObjectStore.Metadata.Embedded;

/// <summary>What the metadata store needs of a drive: a place for a mirror, and a small record that is replaced atomically.</summary>
public interface IMirrorDrive
{
    DriveId Id { get; }

    /// <summary>The drive's directory. A mirror lives in <c>journal/</c> and <c>meta/</c> below it.</summary>
    string Directory { get; }

    /// <summary>The layer below the journal. (RocksDB goes to the system itself.)</summary>
    IFileSystem FileSystem { get; }

    /// <summary>Whether the drive serves. One that does not is neither read nor written.</summary>
    bool IsUsable { get; }

    /// <summary>The record as it was written, or null if none ever was.</summary>
    /// <exception cref="IOException">It cannot be read or does not verify, which is not the same as "none".</exception>
    byte[]? ReadMembership();

    /// <summary>Replaces the record; durable when the task completes.</summary>
    Task WriteMembershipAsync(ReadOnlyMemory<byte> record, CancellationToken ct);
}
