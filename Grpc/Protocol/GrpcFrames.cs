using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace ObjectStore.Grpc.Protocol;

/// <summary>
/// Length-prefixed messages (grpc/doc/PROTOCOL-HTTP2.md):
/// <code>
/// | 0: compressed, 0 or 1 | 1..4: length, big endian | message |
/// </code>
/// </summary>
internal static class GrpcFrames
{
    public const int PrefixBytes = 5;

    /// <summary>Null at the end of the stream.</summary>
    /// <param name="isCompressible">Whether the call's grpc-encoding is gzip.</param>
    /// <exception cref="GrpcException">The frame is malformed, cut off, or too long.</exception>
    public static async ValueTask<ReadOnlySequence<byte>?> ReadAsync(PipeReader reader, bool isCompressible, int maxBytes, CancellationToken ct)
    {
        while (true)
        {
            var result = await reader.ReadAsync(ct);
            var buffer = result.Buffer;
            if (TryTake(ref buffer, isCompressible, maxBytes, out var message))
            {
                reader.AdvanceTo(buffer.Start);
                return message;
            }
            var isEmpty = buffer.IsEmpty;
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (!result.IsCompleted) continue;
            if (isEmpty) return null;
            throw new GrpcException(GrpcStatusCode.Internal, "The request ends within a message.");
        }
    }

    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> message, bool compressed)
    {
        var frame = writer.GetSpan(PrefixBytes + message.Length);
        frame[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(frame[1..], (uint)message.Length);
        message.CopyTo(frame[PrefixBytes..]);
        writer.Advance(PrefixBytes + message.Length);
    }

    public static GrpcException TooLong(int maxBytes) => new(GrpcStatusCode.ResourceExhausted, $"The message is longer than {maxBytes} bytes.");

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, bool isCompressible, int maxBytes, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (buffer.Length < PrefixBytes) return false;
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        if (prefix[0] > 1) throw new GrpcException(GrpcStatusCode.Internal, $"A message begins with {prefix[0]}, which is neither plain (0) nor compressed (1).");
        if (prefix[0] == 1 && !isCompressible) throw new GrpcException(GrpcStatusCode.Internal, "A message is marked as compressed, and the call names no compression.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (length > (uint)maxBytes) throw TooLong(maxBytes);
        if (buffer.Length < PrefixBytes + length) return false;
        var bytes = buffer.Slice(PrefixBytes, length);
        // Copied: the reader takes its memory back before the message is parsed.
        message = prefix[0] == 1 ? new(GrpcCompression.Decompress(bytes, maxBytes)) : new(bytes.ToArray());
        buffer = buffer.Slice(PrefixBytes + length);
        return true;
    }
}
