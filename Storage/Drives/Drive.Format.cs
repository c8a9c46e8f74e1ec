using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

public sealed partial class Drive
{
    /// <summary>
    /// Makes a drive of an absent, empty or half-formatted directory; its parent must exist. Blocks. A crash leaves
    /// something that is recognisably half formatted, and formatting again completes it with the same drive id.
    /// </summary>
    /// <exception cref="DriveException">Foreign: something is there; nothing was changed.</exception>
    /// <exception cref="FileSystemException">The device failed.</exception>
    public static DriveIdentity Format(IFileSystem fileSystem, string directory, Guid storeId, DriveId? driveId = null)
    {
        directory = Path.GetFullPath(directory);
        var found = DriveIdentity.TryRead(fileSystem, directory);
        switch (found.State)
        {
            case DriveDirectoryState.Formatted:
                throw new DriveException(DriveFault.Foreign, $"'{directory}' is a drive already ({found.Identity!.Drive}, of store {found.Identity.Store}). It is not formatted again.");
            case DriveDirectoryState.Damaged or DriveDirectoryState.Foreign:
                throw new DriveException(DriveFault.Foreign, found.Reason + " It is not formatted over.");
            case DriveDirectoryState.HalfFormatted when found.Identity is { } begun && begun.Store != storeId:
                throw new DriveException(DriveFault.Foreign, $"'{directory}' was being formatted for another store ({begun.Store}). Empty it first.");
        }

        // 1. The directory itself.
        if (found.State == DriveDirectoryState.Missing)
        {
            fileSystem.CreateDirectory(directory);
            fileSystem.SyncDirectory(Path.GetDirectoryName(directory)!);
        }
        // 2. Who it is going to be: from here on the directory is known as half formatted.
        var identity = found.Identity ?? new DriveIdentity(driveId ?? new DriveId(Guid.NewGuid()), storeId);
        WriteIdentity(fileSystem, directory, identity);
        // 3. What a drive has.
        foreach (var name in DriveLayout.Directories) fileSystem.CreateDirectory(Path.Combine(directory, name));
        fileSystem.SyncDirectory(directory);
        // 4. Now it is a drive.
        fileSystem.Rename(Path.Combine(directory, DriveIdentity.NewFileName), Path.Combine(directory, DriveIdentity.FileName));
        fileSystem.SyncDirectory(directory);
        return identity;
    }

    private static void WriteIdentity(IFileSystem fileSystem, string directory, DriveIdentity identity)
    {
        using (var file = fileSystem.Open(Path.Combine(directory, DriveIdentity.NewFileName), FileOpenMode.OpenOrCreate))
        {
            var json = identity.ToJson();
            file.SetLength(0);
            file.Write(0, json);
            file.Sync();
        }
        fileSystem.SyncDirectory(directory);
    }
}
