using System.IO.Pipelines;
using ObjectStore.Select;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Operations;

/// <summary>The bytes of an open object for a query.</summary>
internal sealed class HandleBytes(ObjectHandle handle) : ISelectSource
{
    public long LengthBytes => handle.Info.LengthBytes;

    public Stream Open(long offset) => new HandleStream(handle, offset);

    /// <summary>Reads ahead in the background, verified, until it is disposed.</summary>
    private sealed class HandleStream : Stream
    {
        // So much is read ahead; it must hold what a reader of stripes writes at once.
        private static readonly PipeOptions Options = new(pauseWriterThreshold: 2 * 1024 * 1024, resumeWriterThreshold: 1024 * 1024, minimumSegmentSize: 64 * 1024, useSynchronizationContext: false);

        private readonly Pipe _pipe = new(Options);
        private readonly CancellationTokenSource _stop = new();
        private readonly Stream _reader;
        private readonly Task _reading;

        public HandleStream(ObjectHandle handle, long offset)
        {
            _reader = _pipe.Reader.AsStream();
            _reading = ReadAheadAsync(handle, offset, _stop.Token);
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _reader.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        /// <summary>Waits until nobody reads of the object any more, so that its handle can be closed.</summary>
        public override async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _pipe.Reader.CompleteAsync();
            await _reading;
            _stop.Dispose();
            await base.DisposeAsync();
        }

        private async Task ReadAheadAsync(ObjectHandle handle, long offset, CancellationToken ct)
        {
            // What goes wrong goes to who reads.
            Exception? fault = null;
            try
            {
                await handle.ReadAsync(offset, handle.Info.LengthBytes - offset, _pipe.Writer, ct);
            }
            catch (Exception e)
            {
                fault = e;
            }

            await _pipe.Writer.CompleteAsync(fault);
        }
    }
}
