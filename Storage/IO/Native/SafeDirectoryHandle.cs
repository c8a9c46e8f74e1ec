using System.Runtime.InteropServices;

namespace ObjectStore.Storage.IO.Native;

/// <summary>A DIR* of libc.</summary>
internal sealed class SafeDirectoryHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => LibC.CloseDir(handle) == 0;
}
