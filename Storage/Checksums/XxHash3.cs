namespace ObjectStore.Storage.Checksums;

/// <summary>XXH3 in 64 and 128 bits, one-shot and streaming.</summary>
public sealed partial class XxHash3
{
    public static ulong Hash64(ReadOnlySpan<byte> data, ulong seed = 0) => throw new NotImplementedException();

    public static UInt128 Hash128(ReadOnlySpan<byte> data, ulong seed = 0) => throw new NotImplementedException();
}
