using System.Buffers;
using System.IO.Compression;

namespace ObjectStore.Grpc.Protocol;

/// <summary>The message encodings of gRPC that are spoken here: identity and gzip.</summary>
internal static class GrpcCompression
{
    public const string Gzip = "gzip";
    public const string Identity = "identity";
    public const string Accepted = "identity,gzip";

    /// <exception cref="GrpcException">RESOURCE_EXHAUSTED if it grows beyond <paramref name="maxBytes"/>, INTERNAL if it is no gzip.</exception>
    public static byte[] Decompress(ReadOnlySequence<byte> compressed, int maxBytes)
    {
        using var source = new GZipStream(new MemoryStream(compressed.ToArray(), writable: false), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = source.Read(buffer)) > 0)
            {
                if (plain.Length + read > maxBytes) throw GrpcFrames.TooLong(maxBytes);
                plain.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw new GrpcException(GrpcStatusCode.Internal, "The message is marked as gzip and is none.", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return plain.ToArray();
    }

    public static byte[] Compress(ReadOnlySpan<byte> plain)
    {
        using var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(plain);
        return compressed.ToArray();
    }

    /// <summary>Whether a client's grpc-accept-encoding lists gzip.</summary>
    public static bool TakesGzip(string acceptEncoding)
    {
        foreach (var range in acceptEncoding.AsSpan().Split(','))
        {
            if (acceptEncoding.AsSpan(range).Trim().Equals(Gzip, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}
