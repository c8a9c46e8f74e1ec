using System.Runtime.InteropServices;

namespace ObjectStore.Zstandard.Native;

/// <summary>A context, freed exactly once, and not while a call uses it.</summary>
internal abstract class ContextHandle : SafeHandle
{
    protected ContextHandle(nint pointer) : base(0, ownsHandle: true)
    {
        SetHandle(pointer);
        if (pointer == 0) throw new OutOfMemoryException("libzstd has no memory for a context.");
    }

    public override bool IsInvalid => handle == 0;
}

internal sealed class CompressorHandle() : ContextHandle(NativeMethods.ZSTD_createCCtx())
{
    protected override bool ReleaseHandle() => NativeMethods.ZSTD_freeCCtx(handle) == 0;
}

internal sealed class DecompressorHandle() : ContextHandle(NativeMethods.ZSTD_createDCtx())
{
    protected override bool ReleaseHandle() => NativeMethods.ZSTD_freeDCtx(handle) == 0;
}
