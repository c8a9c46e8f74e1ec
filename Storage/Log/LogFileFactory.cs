using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>
/// Makes new files: header and zeros really written and synced under a temporary name, so that later syncs find the
/// blocks written (measured on ext4: 10.7k fdatasync/s, against 6.0k/s in space that is only reserved).
/// </summary>
internal sealed class LogFileFactory(IFileSystem fileSystem, string directory, Guid owner, bool direct)
{
    private const int ChunkBytes = 1024 * 1024;

    /// <exception cref="FileSystemException">Nothing is left behind then, unless deleting fails too.</exception>
    public PreparedLogFile Prepare(long number, long sizeBytes)
    {
        sizeBytes = Math.Max(IoAlignment.Up(sizeBytes), LogFormat.FirstGroupOffset + IoAlignment.Bytes);
        var identity = new LogFileIdentity(owner, Guid.NewGuid(), number);
        var path = Path.Combine(directory, LogFormat.FileName(number, LogFormat.PreparedSuffix));
        try
        {
            WriteZeros(path, identity, sizeBytes);
            return new PreparedLogFile(identity, path, sizeBytes);
        }
        catch (FileSystemException)
        {
            if (fileSystem.FileExists(path)) fileSystem.DeleteFile(path);
            throw;
        }
    }

    /// <summary>Gives the file its name, durably. From here on it is part of the log.</summary>
    public ActiveLogFile Activate(PreparedLogFile file)
    {
        var path = Path.Combine(directory, LogFormat.FileName(file.Identity.Number, LogFormat.FileSuffix));
        fileSystem.Rename(file.Path, path);
        fileSystem.SyncDirectory(directory);
        return new ActiveLogFile(file.Identity, file.SizeBytes, fileSystem.Open(path, FileOpenMode.ReadWrite, direct));
    }

    private void WriteZeros(string path, LogFileIdentity identity, long sizeBytes)
    {
        using var chunk = new AlignedBuffer((int)Math.Min(ChunkBytes, sizeBytes));
        var memory = chunk.Memory;
        memory.Span.Clear();
        LogFormat.WriteFileHeader(memory.Span, identity);

        // Direct even for a buffered log: the zeros are not worth room in the page cache.
        using var file = fileSystem.Open(path, FileOpenMode.CreateNew, direct: true);
        for (long done = 0; done < sizeBytes; done += memory.Length)
        {
            file.Write(done, memory.Span[..(int)Math.Min(memory.Length, sizeBytes - done)]);
            if (done == 0) memory.Span[..LogFormat.FileHeaderBytes].Clear();
        }
        file.Sync();
    }
}

internal sealed record PreparedLogFile(LogFileIdentity Identity, string Path, long SizeBytes);

/// <param name="File">The appender's handle.</param>
internal sealed record ActiveLogFile(LogFileIdentity Identity, long SizeBytes, IFile File);
