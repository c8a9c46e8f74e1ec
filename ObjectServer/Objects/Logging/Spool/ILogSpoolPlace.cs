using ObjectStore.Storage;
using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Objects;

/// <summary>A drive that files of the spool may stand on. Stays the same when the drive is closed and opened anew.</summary>
internal interface ILogSpoolPlace
{
    DriveId Id { get; }

    string Directory { get; }

    IFileSystem FileSystem { get; }

    bool IsUsable { get; }
}
