using System.Buffers.Binary;
using Google.Protobuf;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// A body that begins with a document: four bytes of its length, big-endian, the document, and then the bytes that it describes, which this is the source
/// of. Digests in headers would be of something else than either; the signature covers all of it.
/// </summary>
internal sealed class EnvelopeBody : IContentSource
{
    /// <summary>Metadata, tags and what belongs to them.</summary>
    private const int MaxDocumentBytes = 128 * 1024;

    private const int PrefixBytes = 4;

    private readonly RequestBody _body;

    private EnvelopeBody(RequestBody body, long lengthBytes) => (_body, LengthBytes) = (body, lengthBytes);

    public long? LengthBytes { get; }

    public ChecksumSet Digests => default;

    /// <exception cref="S3Exception">It is no such body.</exception>
    /// <exception cref="ContentSourceException">It is broken.</exception>
    public static async ValueTask<(TDocument Document, EnvelopeBody Body)> OpenAsync<TDocument>(RequestBody body, MessageParser<TDocument> parser, CancellationToken ct)
        where TDocument : IMessage<TDocument>
    {
        var length = body.LengthBytes ?? throw new S3Exception(S3ErrorCode.MissingContentLength);
        if (body.Digests.Bits != 0) throw new S3Exception(S3ErrorCode.InvalidRequest, "The body of this call has no digests in headers: its chunks are signed.");
        var prefix = await ReadAsync(body, PrefixBytes, ct);
        var documentBytes = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (documentBytes > MaxDocumentBytes || documentBytes > length - PrefixBytes) throw Malformed();
        return (ReplicaCalls.Parse(parser, await ReadAsync(body, (int)documentBytes, ct)), new EnvelopeBody(body, length - PrefixBytes - documentBytes));
    }

    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct) => _body.ReadAsync(destination, ct);

    public Failure? Verify(ComputedDigests digests) => null;

    private static async ValueTask<byte[]> ReadAsync(RequestBody body, int length, CancellationToken ct)
    {
        var bytes = new byte[length];
        for (var read = 0; read < length;)
        {
            var count = await body.ReadAsync(bytes.AsMemory(read), ct);
            if (count == 0) throw Malformed();
            read += count;
        }
        return bytes;
    }

    private static S3Exception Malformed() => new(S3ErrorCode.InvalidRequest, "The body does not begin with a document.");
}
