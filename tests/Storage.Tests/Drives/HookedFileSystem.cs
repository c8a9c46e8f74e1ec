using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Tests.Drives;

public enum FileCall { Read, Write, Sync, Open, SyncDirectory, Punch, Allocate }

/// <summary>The real file system, with a hook that runs before every call and may throw or block.</summary>
internal sealed class HookedFileSystem : IFileSystem
{
    private readonly LinuxFileSystem _inner = new();

    public Action<FileCall, string>? Before { get; set; }

    /// <summary>Whether reads may be answered from the page cache; false sends all of them to <see cref="FileCall.Read"/>.</summary>
    public bool Cached { get; set; } = true;

    public static FileSystemException Eio(string path) => FileSystemException.FromErrno(Errno.EIO, "test", path);

    public IFile Open(string path, FileOpenMode mode, bool direct = false)
    {
        Before?.Invoke(FileCall.Open, path);
        return new HookedFile(this, _inner.Open(path, mode, direct));
    }

    public void CreateDirectory(string path) => _inner.CreateDirectory(path);
    public IReadOnlyList<DirectoryEntry> List(string directory) => _inner.List(directory);
    public bool FileExists(string path) => _inner.FileExists(path);
    public bool DirectoryExists(string path) => _inner.DirectoryExists(path);
    public void Rename(string from, string to) => _inner.Rename(from, to);
    public void DeleteFile(string path) => _inner.DeleteFile(path);
    public void DeleteDirectory(string path) => _inner.DeleteDirectory(path);

    public void SyncDirectory(string path)
    {
        Before?.Invoke(FileCall.SyncDirectory, path);
        _inner.SyncDirectory(path);
    }

    public FileSystemSpace GetSpace(string path) => _inner.GetSpace(path);

    private sealed class HookedFile(HookedFileSystem owner, IFile inner) : IFile
    {
        public string Path => inner.Path;
        public bool IsDirect => inner.IsDirect;
        public long GetLength() => inner.GetLength();
        public int Read(long offset, Span<byte> buffer) { Call(FileCall.Read); return inner.Read(offset, buffer); }
        public long ReadVector(long offset, ReadOnlySpan<Memory<byte>> buffers) { Call(FileCall.Read); return inner.ReadVector(offset, buffers); }
        public bool TryReadCached(long offset, Span<byte> buffer) => owner.Cached && inner.TryReadCached(offset, buffer);
        public void Write(long offset, ReadOnlySpan<byte> buffer) { Call(FileCall.Write); inner.Write(offset, buffer); }
        public void WriteVector(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> buffers) { Call(FileCall.Write); inner.WriteVector(offset, buffers); }
        public void SyncData() { Call(FileCall.Sync); inner.SyncData(); }
        public void Sync() { Call(FileCall.Sync); inner.Sync(); }
        public void Allocate(long offset, long lengthBytes, bool keepSize) { Call(FileCall.Allocate); inner.Allocate(offset, lengthBytes, keepSize); }
        public bool PunchHole(long offset, long lengthBytes) { Call(FileCall.Punch); return inner.PunchHole(offset, lengthBytes); }
        public void ZeroRange(long offset, long lengthBytes) => inner.ZeroRange(offset, lengthBytes);
        public void SetLength(long lengthBytes) => inner.SetLength(lengthBytes);
        public void StartWriteback(long offset, long lengthBytes) => inner.StartWriteback(offset, lengthBytes);
        public void Advise(FileAdvice advice, long offset = 0, long lengthBytes = 0) => inner.Advise(advice, offset, lengthBytes);
        public bool TryLock() => inner.TryLock();
        public void Dispose() => inner.Dispose();

        private void Call(FileCall call) => owner.Before?.Invoke(call, inner.Path);
    }
}
