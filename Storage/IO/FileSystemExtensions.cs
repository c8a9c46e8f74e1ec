namespace ObjectStore.Storage.IO;

public static class FileSystemExtensions
{
    /// <summary>The whole content of a file of at most 64 MiB.</summary>
    public static byte[] ReadAllBytes(this IFileSystem fileSystem, string path)
    {
        const long maxBytes = 64 * 1024 * 1024;
        using var file = fileSystem.Open(path, FileOpenMode.Read);
        var length = file.GetLength();
        if (length > maxBytes) throw new FileSystemException(FileFault.Other, 0, "read", path, $"{length} bytes are too many");
        var content = new byte[length];
        var count = file.Read(0, content);
        return count == content.Length ? content : content[..count];
    }

    /// <summary>
    /// Replaces a small file so that a crash leaves the old or the new content, durable when it returns: written beside
    /// it, synced, renamed, directory synced.
    /// </summary>
    public static void ReplaceDurably(this IFileSystem fileSystem, string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        if (fileSystem.FileExists(temporary)) fileSystem.DeleteFile(temporary);
        using (var file = fileSystem.Open(temporary, FileOpenMode.CreateNew))
        {
            file.Write(0, content);
            file.Sync();
        }
        fileSystem.Rename(temporary, path);
        fileSystem.SyncDirectory(System.IO.Path.GetDirectoryName(path)!);
    }
}
