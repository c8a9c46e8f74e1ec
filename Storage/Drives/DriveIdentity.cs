using System.Globalization;
using System.Text;
using System.Text.Json;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>Who a drive is: what <c>drive.json</c> says. Made once by format, never changed.</summary>
public sealed record DriveIdentity(DriveId Drive, Guid Store)
{
    public const string FileName = "drive.json";
    public const string NewFileName = "drive.json.new";
    private const string FormatName = "objectstore-drive";
    private const int Version = 1;
    private const int MaxFileBytes = 4096;

    /// <summary>Looks at a directory without changing anything.</summary>
    /// <exception cref="FileSystemException">The directory cannot be read, which is not the same as "no drive".</exception>
    public static DriveIdentityReading TryRead(IFileSystem fileSystem, string directory)
    {
        IReadOnlyList<DirectoryEntry> entries;
        try
        {
            entries = fileSystem.List(directory);
        }
        catch (FileSystemException e) when (e.Fault == FileFault.NotFound)
        {
            return new(DriveDirectoryState.Missing, null, $"'{directory}' does not exist. Is the disk mounted?");
        }
        if (entries.Any(e => e.Name == FileName)) return ReadFormatted(fileSystem, directory, entries);
        if (entries.Any(e => e.Name == NewFileName)) return ReadHalfFormatted(fileSystem, directory, entries);
        return entries.All(e => e.Name == "lost+found")
            ? new(DriveDirectoryState.Empty, null, $"'{directory}' is empty. Is the disk mounted? A new drive must be formatted.")
            : new(DriveDirectoryState.Foreign, null, $"'{directory}' holds other files ('{entries[0].Name}', ...) and no {FileName}: it is not a drive of an object store.");
    }

    /// <summary>Reads and verifies <c>drive.json</c>; null if it does not verify.</summary>
    /// <exception cref="FileSystemException">It cannot be read.</exception>
    internal static DriveIdentity? ReadFile(IFileSystem fileSystem, string path) => Parse(ReadBytes(fileSystem, path));

    internal static byte[] ReadBytes(IFileSystem fileSystem, string path)
    {
        using var file = fileSystem.Open(path, FileOpenMode.Read);
        var bytes = new byte[MaxFileBytes];
        return bytes[..file.Read(0, bytes)];
    }

    internal byte[] ToJson() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "format": "{{FormatName}}",
          "version": {{Version}},
          "driveId": "{{Drive.Value:D}}",
          "storeId": "{{Store:D}}",
          "checksum": "{{Checksum:x16}}"
        }

        """));

    internal static DriveIdentity? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.GetProperty("format").GetString() != FormatName || root.GetProperty("version").GetInt32() != Version) return null;
            var identity = new DriveIdentity(new DriveId(root.GetProperty("driveId").GetGuid()), root.GetProperty("storeId").GetGuid());
            return root.GetProperty("checksum").GetString() == identity.Checksum.ToString("x16", CultureInfo.InvariantCulture) ? identity : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private ulong Checksum => XxHash3.Hash64(Encoding.ASCII.GetBytes($"{FormatName}/{Version}/{Drive.Value:D}/{Store:D}"));

    private static DriveIdentityReading ReadFormatted(IFileSystem fileSystem, string directory, IReadOnlyList<DirectoryEntry> entries)
    {
        var identity = ReadFile(fileSystem, Path.Combine(directory, FileName));
        if (identity is null)
            return new(DriveDirectoryState.Damaged, null, $"{FileName} in '{directory}' does not verify: it is damaged or of a newer version. Restore it from a backup, or replace the drive.");
        var missing = DriveLayout.Directories.FirstOrDefault(d => d != DriveLayout.Index && !entries.Any(e => e.Name == d && e.IsDirectory));
        return missing is null
            ? new(DriveDirectoryState.Formatted, identity, null)
            : new(DriveDirectoryState.Damaged, identity, $"'{missing}/' is missing in '{directory}': the drive has lost its data. Replace it.");
    }

    private static DriveIdentityReading ReadHalfFormatted(IFileSystem fileSystem, string directory, IReadOnlyList<DirectoryEntry> entries)
    {
        var known = entries.All(e => e.Name is NewFileName or "lost+found"
            || (e.IsDirectory && DriveLayout.Directories.Contains(e.Name) && fileSystem.List(Path.Combine(directory, e.Name)).Count == 0));
        return known
            ? new(DriveDirectoryState.HalfFormatted, ReadFile(fileSystem, Path.Combine(directory, NewFileName)), $"'{directory}' is half formatted: formatting it was interrupted. Run format again.")
            : new(DriveDirectoryState.Foreign, null, $"'{directory}' holds {NewFileName} and other files besides: it is not clear what it is.");
    }
}

public enum DriveDirectoryState
{
    /// <summary>A drive. Whether it is this store's, its identity says.</summary>
    Formatted,

    /// <summary>An empty directory: may be formatted.</summary>
    Empty,

    /// <summary>No such directory: may be formatted if its parent exists.</summary>
    Missing,

    /// <summary>Formatting was interrupted: may be formatted, which completes it.</summary>
    HalfFormatted,

    /// <summary>Has been a drive, and its identity does not verify or its directories are gone. Never formatted over.</summary>
    Damaged,

    /// <summary>Something else lies there. Never formatted over.</summary>
    Foreign,
}

/// <param name="Reason">For people: what was found and what to do. Null for a formatted drive.</param>
public sealed record DriveIdentityReading(DriveDirectoryState State, DriveIdentity? Identity, string? Reason);
