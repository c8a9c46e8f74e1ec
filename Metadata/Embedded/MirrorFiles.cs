using ObjectStore.Storage.IO;

namespace ObjectStore.Metadata.Embedded;

/// <summary>Where a mirror lies on its drive. The journal goes through the drive's file layer, the database to the system itself.</summary>
internal static class MirrorFiles
{
    public static string Journal(IMirrorDrive drive) => Path.Combine(drive.Directory, "journal");

    public static string Database(IMirrorDrive drive) => Path.Combine(drive.Directory, "meta");

    /// <summary>A copy on its way out of a mirror, or into one: of no use after a restart.</summary>
    public static string OutgoingCopy(IMirrorDrive drive) => Path.Combine(drive.Directory, "meta.copy");

    public static string IncomingCopy(IMirrorDrive drive) => Path.Combine(drive.Directory, "meta.new");

    public static bool HasJournal(IMirrorDrive drive) =>
        drive.FileSystem.DirectoryExists(Journal(drive)) && drive.FileSystem.List(Journal(drive)).Count > 0;

    public static void EnsureJournalDirectory(IMirrorDrive drive)
    {
        if (drive.FileSystem.DirectoryExists(Journal(drive))) return;
        drive.FileSystem.CreateDirectory(Journal(drive));
        drive.FileSystem.SyncDirectory(drive.Directory);
    }

    /// <summary>Removes what is left of a mirror. Only for a drive that is no member: nothing on it is believed.</summary>
    public static void Wipe(IMirrorDrive drive)
    {
        foreach (var directory in (string[])[Database(drive), Database(drive) + ".flush", OutgoingCopy(drive), IncomingCopy(drive)]) DeleteTree(directory);
        EnsureJournalDirectory(drive);
        foreach (var entry in drive.FileSystem.List(Journal(drive))) drive.FileSystem.DeleteFile(Path.Combine(Journal(drive), entry.Name));
        drive.FileSystem.SyncDirectory(Journal(drive));
    }

    public static void DeleteTree(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }

    /// <summary>Copies a closed database's files; durable when it returns.</summary>
    public static void CopyDurably(string from, string to, CancellationToken ct)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.EnumerateFiles(from))
        {
            ct.ThrowIfCancellationRequested();
            var target = Path.Combine(to, Path.GetFileName(path));
            File.Copy(path, target);
            using var handle = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
        SyncDirectory(to);
    }

    /// <summary>Makes the names in a directory durable that the database's own layer made.</summary>
    public static void SyncDirectory(string directory) => new LinuxFileSystem().SyncDirectory(directory);
}
