using System.Buffers.Binary;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>
/// A small file that is replaced whole: what is read is one of the versions that were written, never a mixture.
/// Drawn in docs/formats/storage.md, "membership, seen"; keep in step.
/// </summary>
internal static class DurableRecord
{
    public const int MaxBodyBytes = 4096;
    private const int HeaderBytes = 24;
    private const ulong Magic = 0x31445243_4552534f; // "OSRECRD1"

    /// <summary>Durable when it returns. Calls for one name must not overlap.</summary>
    public static void Write(IFileSystem fileSystem, string directory, string name, DriveId drive, ReadOnlySpan<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.Length, MaxBodyBytes);
        var bytes = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), body.Length);
        body.CopyTo(bytes.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), Checksum(name, drive, bytes));
        Replace(fileSystem, directory, name, bytes);
    }

    /// <returns>Null if it was never written.</returns>
    /// <exception cref="DriveException">It is there and does not verify.</exception>
    public static byte[]? Read(IFileSystem fileSystem, string directory, string name, DriveId drive)
    {
        var path = Path.Combine(directory, name);
        var bytes = new byte[HeaderBytes + MaxBodyBytes];
        int length;
        try
        {
            using var file = fileSystem.Open(path, FileOpenMode.Read);
            if (file.GetLength() > bytes.Length) throw Damaged(path);
            length = file.Read(0, bytes);
        }
        catch (FileSystemException e) when (e.Fault == FileFault.NotFound)
        {
            return null;
        }
        if (length < HeaderBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)) != length - HeaderBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16)) != Checksum(name, drive, bytes.AsSpan(0, length)))
        {
            throw Damaged(path);
        }
        return bytes[HeaderBytes..length];
    }

    /// <summary>Replaces a file atomically and durably.</summary>
    public static void Replace(IFileSystem fileSystem, string directory, string name, ReadOnlySpan<byte> bytes)
    {
        var temporary = Path.Combine(directory, name + ".tmp");
        using (var file = fileSystem.Open(temporary, FileOpenMode.OpenOrCreate))
        {
            file.SetLength(0);
            file.Write(0, bytes);
            file.Sync();
        }
        fileSystem.Rename(temporary, Path.Combine(directory, name));
        fileSystem.SyncDirectory(directory);
    }

    private static ulong Checksum(string name, DriveId drive, ReadOnlySpan<byte> bytes)
    {
        Span<byte> place = stackalloc byte[DriveId.SizeBytes + 8];
        drive.WriteTo(place);
        BinaryPrimitives.WriteUInt64LittleEndian(place[DriveId.SizeBytes..], XxHash3.Hash64(System.Text.Encoding.ASCII.GetBytes(name)));
        var seed = XxHash3.Hash64(place, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
        return XxHash3.Hash64(bytes[HeaderBytes..], seed);
    }

    private static DriveException Damaged(string path) => new(DriveFault.Io, $"'{path}' is damaged: its checksum does not match.");
}
