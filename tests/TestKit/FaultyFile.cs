using ObjectStore.Storage.IO;

namespace ObjectStore.TestKit;

public sealed partial class FaultyFileSystem
{
    private sealed class FaultyFile(FaultyFileSystem system, Node node, string path, bool isDirect, bool writable) : IFile
    {
        private bool _disposed;

        public string Path => path;

        public bool IsDirect => isDirect;

        public long GetLength() => Locked(() => node.Length);

        public int Read(long offset, Span<byte> buffer)
        {
            system.Check(FaultyOperation.Read, path, offset, buffer.Length);
            RequireAligned(offset, buffer.Length, "pread");
            lock (system._gate)
            {
                RequireOpen();
                if (offset >= node.Length) return 0;
                var count = (int)Math.Min(buffer.Length, node.Length - offset);
                node.Current.AsSpan((int)offset, count).CopyTo(buffer);
                return count;
            }
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

        public bool TryReadCached(long offset, Span<byte> buffer) => !isDirect && Read(offset, buffer) == buffer.Length;

        public void Write(long offset, ReadOnlySpan<byte> buffer)
        {
            system.Check(FaultyOperation.Write, path, offset, buffer.Length);
            RequireAligned(offset, buffer.Length, "pwrite");
            lock (system._gate)
            {
                RequireOpen();
                if (!writable) throw Failure(9, "pwrite", path);
                var growth = Math.Max(0, IoAlignment.Up(offset + buffer.Length) - IoAlignment.Up(node.Length));
                if (growth > 0 && system.CapacityBytes != long.MaxValue && system.UsedBytes() + growth > system.CapacityBytes)
                    throw Failure(Errno.ENOSPC, "pwrite", path);
                system.WriteCount++;
                node.Write(offset, buffer);
            }
        }

        public void WriteVector(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> buffers)
        {
            foreach (var buffer in buffers)
            {
                Write(offset, buffer.Span);
                offset += buffer.Length;
            }
        }

        public void SyncData() => Sync();

        public void Sync()
        {
            try
            {
                system.Check(FaultyOperation.Sync, path);
            }
            catch (FileSystemException)
            {
                lock (system._gate) node.FailSync();
                throw;
            }
            lock (system._gate)
            {
                RequireOpen();
                system.SyncCount++;
                node.Sync();
            }
        }

        public void Allocate(long offset, long lengthBytes, bool keepSize)
        {
            system.Check(FaultyOperation.Allocate, path, offset, lengthBytes);
            lock (system._gate)
            {
                RequireOpen();
                if (!keepSize && offset + lengthBytes > node.Length) node.SetLength(offset + lengthBytes);
            }
        }

        public bool PunchHole(long offset, long lengthBytes)
        {
            system.Check(FaultyOperation.Allocate, path, offset, lengthBytes);
            lock (system._gate)
            {
                RequireOpen();
                node.Punch(offset, lengthBytes);
                return true;
            }
        }

        public void ZeroRange(long offset, long lengthBytes)
        {
            system.Check(FaultyOperation.Allocate, path, offset, lengthBytes);
            lock (system._gate)
            {
                RequireOpen();
                node.Write(offset, new byte[lengthBytes]);
            }
        }

        public void SetLength(long lengthBytes)
        {
            system.Check(FaultyOperation.Allocate, path, lengthBytes);
            lock (system._gate)
            {
                RequireOpen();
                node.SetLength(lengthBytes);
            }
        }

        public void StartWriteback(long offset, long lengthBytes)
        {
        }

        public void Advise(FileAdvice advice, long offset = 0, long lengthBytes = 0)
        {
            if (advice != FileAdvice.DontNeed) return;
            lock (system._gate) node.DropCache();
        }

        public bool TryLock()
        {
            lock (system._gate)
            {
                if (node.LockedBy is not null && node.LockedBy != this) return false;
                node.LockedBy = this;
                return true;
            }
        }

        public void Dispose()
        {
            lock (system._gate)
            {
                _disposed = true;
                if (node.LockedBy == this) node.LockedBy = null;
            }
        }

        private T Locked<T>(Func<T> read)
        {
            lock (system._gate)
            {
                RequireOpen();
                return read();
            }
        }

        /// <summary>A process that has crashed does no more I/O.</summary>
        private void RequireOpen()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            system.RequireAlive(path);
        }

        private void RequireAligned(long offset, int length, string operation)
        {
            if (isDirect && !(IoAlignment.IsAligned(offset) && IoAlignment.IsAligned(length))) throw Failure(Errno.EINVAL, operation, path);
        }
    }
}
