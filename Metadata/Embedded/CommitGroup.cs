using System.Buffers;

namespace ObjectStore.Metadata.Embedded;

/// <summary>The payload of one journal record, shared by all mirrors. Its buffer goes back to the pool when the last one is done.</summary>
internal sealed class CommitGroup(byte[] buffer, int lengthBytes, long lsn)
{
    private int _references = 1;

    public long Lsn { get; } = lsn;

    public int LengthBytes { get; } = lengthBytes;

    public ReadOnlyMemory<byte> Payload => buffer.AsMemory(0, LengthBytes);

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left == 0) ArrayPool<byte>.Shared.Return(buffer);
    }
}
