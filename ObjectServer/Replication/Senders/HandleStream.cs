using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>A slice of an open version as a stream that is read once, behind bytes that go before it.</summary>
internal sealed class HandleStream : Stream
{
    private readonly HandleSource _source;
    private readonly long _lengthBytes;
    private ReadOnlyMemory<byte> _head;

    private HandleStream(HandleSource source, ReadOnlyMemory<byte> head, long lengthBytes) => (_source, _head, _lengthBytes) = (source, head, head.Length + lengthBytes);

    /// <summary>A body that can be sent again as long as the handle is open.</summary>
    public static Client.StreamedBody BodyOf(ObjectHandle handle, long offset, long length, ReadOnlyMemory<byte> head = default) =>
        Client.StreamedBody.Repeatable(head.Length + length, ct => ValueTask.FromResult<Stream>(new HandleStream(new HandleSource(handle, offset, length, default, ct), head, length)));

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _lengthBytes;

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_head.IsEmpty) return buffer.IsEmpty ? 0 : await _source.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, _head.Length);
        _head.Span[..count].CopyTo(buffer.Span);
        _head = _head[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await base.DisposeAsync();
    }
}
