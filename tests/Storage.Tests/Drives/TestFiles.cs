using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Tests.Drives;

/// <summary>
/// What tests do to files behind a drive's back. Without FileStream, which heeds the drive's locks, and without child
/// processes, which inherit them for a moment.
/// </summary>
internal static partial class TestFiles
{
    private static readonly LinuxFileSystem Files = new();

    /// <summary>Bytes that a file takes on the device.</summary>
    public static long AllocatedBytes(string path)
    {
        // struct stat of glibc: st_blocks stands at byte 64 on x64 and Arm64, in units of 512 bytes.
        var stat = new byte[256];
        Stat(path, stat).ShouldBe(0);
        return BinaryPrimitives.ReadInt64LittleEndian(stat.AsSpan(64)) * 512;
    }

    /// <summary>Copies a directory as it is now, without filling holes.</summary>
    public static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in Files.List(from))
        {
            var (source, target) = (Path.Combine(from, entry.Name), Path.Combine(to, entry.Name));
            if (entry.IsDirectory) CopyDirectory(source, target);
            else CopySparse(source, target);
        }
    }

    public static byte[] ReadAll(string path)
    {
        using var file = Files.Open(path, FileOpenMode.Read);
        var bytes = new byte[file.GetLength()];
        return bytes[..file.Read(0, bytes)];
    }

    public static void Flip(string path, long offset)
    {
        using var file = Files.Open(path, FileOpenMode.ReadWrite);
        var bytes = new byte[1];
        file.Read(offset, bytes);
        bytes[0] ^= 0x40;
        file.Write(offset, bytes);
    }

    /// <summary>Where the bytes lie in a file.</summary>
    public static long IndexOf(string path, ReadOnlySpan<byte> bytes) => ReadAll(path).AsSpan().IndexOf(bytes);

    private static void CopySparse(string from, string to)
    {
        using var source = Files.Open(from, FileOpenMode.Read);
        using var target = Files.Open(to, FileOpenMode.CreateNew);
        var buffer = new byte[64 * 1024];
        var length = source.GetLength();
        for (long offset = 0; offset < length; offset += buffer.Length)
        {
            var read = buffer.AsSpan(0, source.Read(offset, buffer));
            if (read.ContainsAnyExcept((byte)0)) target.Write(offset, read);
        }
        target.SetLength(length);
    }

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, byte[] stat);
}
