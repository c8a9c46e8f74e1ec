using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ObjectStore.Storage.IO.Native;

namespace ObjectStore.Storage.IO;

/// <summary>A file of <see cref="LinuxFileSystem"/>. Interrupted calls are repeated, short ones continued.</summary>
internal sealed unsafe class LinuxFile(SafeFileHandle handle, string path, bool isDirect) : IFile
{
    private const int ZeroChunkBytes = 1024 * 1024;

    public string Path => path;

    public bool IsDirect => isDirect;

    public long GetLength()
    {
        var length = LibC.LSeek(handle, 0, LibC.SEEK_END);
        return length >= 0 ? length : throw Failure("lseek");
    }

    public int Read(long offset, Span<byte> buffer)
    {
        var done = 0;
        fixed (byte* start = buffer)
        {
            while (done < buffer.Length)
            {
                var count = LibC.PRead(handle, start + done, (nuint)(buffer.Length - done), offset + done);
                if (count == 0) break;
                if (count > 0) done += (int)count;
                else ThrowUnlessInterrupted("pread");
                // A direct read that comes short has met the end; asking on from an unaligned place would be refused.
                if (isDirect && !IoAlignment.IsAligned(done)) break;
            }
        }
        return done;
    }

    public long ReadVector(long offset, ReadOnlySpan<Memory<byte>> buffers)
    {
        long done = 0;
        foreach (var buffer in buffers)
        {
            var count = Read(offset + done, buffer.Span);
            done += count;
            if (count < buffer.Length) break;
        }
        return done;
    }

    public bool TryReadCached(long offset, Span<byte> buffer)
    {
        if (isDirect) return false;
        try
        {
            fixed (byte* start = buffer)
            {
                var vector = new LibC.IoVector { Base = start, Length = (nuint)buffer.Length };
                // Any refusal (EAGAIN, ENOSYS, EOPNOTSUPP) sends the caller to the blocking read, which tells errors.
                return LibC.PReadV2(handle, &vector, 1, offset, LibC.RWF_NOWAIT) == buffer.Length;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return false; // a libc that is older than the call
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        var done = 0;
        fixed (byte* start = buffer)
        {
            while (done < buffer.Length)
            {
                var count = LibC.PWrite(handle, start + done, (nuint)(buffer.Length - done), offset + done);
                if (count > 0) done += (int)count;
                else if (count == 0) throw FileSystemException.FromErrno(Errno.EIO, "pwrite", path);
                else ThrowUnlessInterrupted("pwrite");
            }
        }
    }

    public void WriteVector(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> buffers)
    {
        var pins = ArrayPool<MemoryHandle>.Shared.Rent(Math.Min(buffers.Length, LibC.MaxVectors));
        try
        {
            while (!buffers.IsEmpty)
            {
                var count = Math.Min(buffers.Length, LibC.MaxVectors);
                offset += WriteBatch(offset, buffers[..count], pins);
                buffers = buffers[count..];
            }
        }
        finally
        {
            ArrayPool<MemoryHandle>.Shared.Return(pins, clearArray: true);
        }
    }

    public void SyncData()
    {
        while (LibC.FDataSync(handle) != 0) ThrowUnlessInterrupted("fdatasync");
    }

    public void Sync()
    {
        if (Sync(handle) != 0) throw Failure("fsync");
    }

    public void Allocate(long offset, long lengthBytes, bool keepSize)
    {
        if (FAllocate(keepSize ? LibC.FALLOC_FL_KEEP_SIZE : 0, offset, lengthBytes) == 0) return;
        if (Marshal.GetLastPInvokeError() != Errno.EOPNOTSUPP) throw Failure("fallocate");
        // Reserving is an optimisation where the file system has no such call; only the length is owed.
        if (!keepSize && GetLength() < offset + lengthBytes) SetLength(offset + lengthBytes);
    }

    public bool PunchHole(long offset, long lengthBytes)
    {
        var start = IoAlignment.Up(offset);
        var end = IoAlignment.Down(offset + lengthBytes);
        if (end <= start) return true;
        if (FAllocate(LibC.FALLOC_FL_PUNCH_HOLE | LibC.FALLOC_FL_KEEP_SIZE, start, end - start) == 0) return true;
        return Marshal.GetLastPInvokeError() is Errno.EOPNOTSUPP or Errno.ENOSYS ? false : throw Failure("fallocate(punch hole)");
    }

    public void ZeroRange(long offset, long lengthBytes)
    {
        if (FAllocate(LibC.FALLOC_FL_ZERO_RANGE, offset, lengthBytes) == 0) return;
        if (Marshal.GetLastPInvokeError() is not (Errno.EOPNOTSUPP or Errno.ENOSYS)) throw Failure("fallocate(zero range)");

        var zeros = NativeMemory.AlignedAlloc(ZeroChunkBytes, IoAlignment.Bytes);
        try
        {
            NativeMemory.Clear(zeros, ZeroChunkBytes);
            for (long done = 0; done < lengthBytes; done += ZeroChunkBytes)
                Write(offset + done, new ReadOnlySpan<byte>(zeros, (int)Math.Min(ZeroChunkBytes, lengthBytes - done)));
        }
        finally
        {
            NativeMemory.AlignedFree(zeros);
        }
    }

    public void SetLength(long lengthBytes)
    {
        while (LibC.FTruncate(handle, lengthBytes) != 0) ThrowUnlessInterrupted("ftruncate");
    }

    public void StartWriteback(long offset, long lengthBytes)
    {
        if (isDirect || LibC.SyncFileRange(handle, offset, lengthBytes, LibC.SYNC_FILE_RANGE_WRITE) == 0) return;
        if (Marshal.GetLastPInvokeError() is Errno.EINVAL or Errno.ENOSYS or Errno.EOPNOTSUPP or Errno.EINTR) return;
        throw Failure("sync_file_range");
    }

    public void Advise(FileAdvice advice, long offset = 0, long lengthBytes = 0)
    {
        var errno = LibC.FAdvise(handle, offset, lengthBytes, (int)advice);
        if (errno is not (0 or Errno.EINVAL or Errno.ENOSYS)) throw FileSystemException.FromErrno(errno, "posix_fadvise", path);
    }

    public bool TryLock()
    {
        while (LibC.FLock(handle, LibC.LOCK_EX | LibC.LOCK_NB) != 0)
        {
            if (Marshal.GetLastPInvokeError() == Errno.EAGAIN) return false;
            ThrowUnlessInterrupted("flock");
        }
        return true;
    }

    public void Dispose() => handle.Dispose();

    internal static int Sync(SafeFileHandle handle)
    {
        while (true)
        {
            if (LibC.FSync(handle) == 0) return 0;
            if (Marshal.GetLastPInvokeError() != Errno.EINTR) return -1;
        }
    }

    /// <summary>Writes up to <see cref="LibC.MaxVectors"/> buffers in as few calls as the kernel takes.</summary>
    private long WriteBatch(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> buffers, MemoryHandle[] pins)
    {
        var vectors = stackalloc LibC.IoVector[buffers.Length];
        long total = 0;
        try
        {
            for (var i = 0; i < buffers.Length; i++)
            {
                pins[i] = buffers[i].Pin();
                vectors[i] = new LibC.IoVector { Base = pins[i].Pointer, Length = (nuint)buffers[i].Length };
                total += buffers[i].Length;
            }
            WriteVectors(vectors, buffers.Length, offset, total);
            return total;
        }
        finally
        {
            for (var i = 0; i < buffers.Length; i++) pins[i].Dispose();
        }
    }

    private void WriteVectors(LibC.IoVector* vectors, int count, long offset, long total)
    {
        long done = 0;
        while (done < total)
        {
            var written = LibC.PWriteV(handle, vectors, count, offset + done);
            if (written == 0) throw FileSystemException.FromErrno(Errno.EIO, "pwritev", path);
            if (written < 0)
            {
                ThrowUnlessInterrupted("pwritev");
                continue;
            }

            done += written;
            for (var left = (nuint)written; left > 0 && count > 0;)
            {
                var step = Math.Min(left, vectors->Length);
                vectors->Base = (byte*)vectors->Base + step;
                vectors->Length -= step;
                left -= step;
                if (vectors->Length != 0) continue;
                vectors++;
                count--;
            }
        }
    }

    private int FAllocate(int mode, long offset, long lengthBytes)
    {
        while (true)
        {
            if (LibC.FAllocate(handle, mode, offset, lengthBytes) == 0) return 0;
            if (Marshal.GetLastPInvokeError() != Errno.EINTR) return -1;
        }
    }

    private void ThrowUnlessInterrupted(string operation)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno != Errno.EINTR) throw FileSystemException.FromErrno(errno, operation, path);
    }

    private FileSystemException Failure(string operation) =>
        FileSystemException.FromErrno(Marshal.GetLastPInvokeError(), operation, path);
}
