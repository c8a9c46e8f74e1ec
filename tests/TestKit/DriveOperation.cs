namespace ObjectStore.TestKit;

[Flags]
public enum DriveOperation
{
    None = 0,
    Create = 1,
    Write = 2,
    Commit = 4,
    Open = 8,
    Read = 16,
    Delete = 32,
    Reads = Open | Read,
    Writes = Create | Write | Commit,
    All = Reads | Writes | Delete,
}
