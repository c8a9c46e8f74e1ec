namespace ObjectStore.Storage.IO;

/// <summary>The real file system, through libc.</summary>
public sealed partial class LinuxFileSystem : IFileSystem
{
    public IFile Open(string path, FileOpenMode mode, bool direct = false) => throw new NotImplementedException();
    public void CreateDirectory(string path) => throw new NotImplementedException();
    public IReadOnlyList<DirectoryEntry> List(string directory) => throw new NotImplementedException();
    public bool FileExists(string path) => throw new NotImplementedException();
    public bool DirectoryExists(string path) => throw new NotImplementedException();
    public void Rename(string from, string to) => throw new NotImplementedException();
    public void DeleteFile(string path) => throw new NotImplementedException();
    public void DeleteDirectory(string path) => throw new NotImplementedException();
    public void SyncDirectory(string path) => throw new NotImplementedException();
    public FileSystemSpace GetSpace(string path) => throw new NotImplementedException();
}
