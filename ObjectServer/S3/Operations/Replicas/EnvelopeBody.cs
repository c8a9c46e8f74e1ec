using System.Buffers.Binary;
using Google.Protobuf;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// A body that begins with a document: four bytes of its length, big-endian, the document, and then the bytes that it describes, which this is the source
/// of. Digests that the request names are of all of it. Dispose it.
/// </summary>
internal sealed class EnvelopeBody : IContentSource, IDisposable
{
    /// <summary>Metadata, tags and what belongs to them.</summary>
    private const int MaxDocumentBytes = 128 * 1024;

    private const int PrefixBytes = 4;

    private readonly RequestBody _body;

    /// <summary>Null where the request names none, as where its chunks are signed.</summary>
    private readonly DigestSet? _digests;

    private ComputedDigests? _computed;

    private EnvelopeBody(RequestBody body, DigestSet? digests) => (_body, _digests) = (body, digests);

    public long? LengthBytes { get; private set; }

    /// <summary>None of the bytes alone.</summary>
    public ChecksumSet Digests => default;

    /// <exception cref="S3Exception">It is no such body.</exception>
    /// <exception cref="ContentSourceException">It is broken.</exception>
    public static async ValueTask<(TDocument Document, EnvelopeBody Body)> OpenAsync<TDocument>(RequestBody body, MessageParser<TDocument> parser, DigestFactory digests, CancellationToken ct)
        where TDocument : IMessage<TDocument>
    {
        var length = body.LengthBytes ?? throw new S3Exception(S3ErrorCode.MissingContentLength);
        var envelope = new EnvelopeBody(body, body.Digests.Bits == 0 ? null : digests.Begin(body.Digests));
        try
        {
            var prefix = await envelope.ReadExactlyAsync(PrefixBytes, ct);
            var documentBytes = BinaryPrimitives.ReadUInt32BigEndian(prefix);
            if (documentBytes > MaxDocumentBytes || documentBytes > length - PrefixBytes) throw Malformed();
            envelope.LengthBytes = length - PrefixBytes - documentBytes;
            return (ReplicaCalls.Parse(parser, await envelope.ReadExactlyAsync((int)documentBytes, ct)), envelope);
        }
        catch
        {
            envelope.Dispose();
            throw;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        var count = await _body.ReadAsync(destination, ct);
        if (_digests is null) return count;
        if (count == 0)
        {
            _computed ??= await _digests.FinishAsync();
            return 0;
        }
        await _digests.AppendAsync(destination[..count], ct);
        // Its reader does with the memory what it likes.
        await _digests.SettleAsync();
        return count;
    }

    /// <summary>The document counts only with what follows it, so that it is enough to judge both at the end.</summary>
    public Failure? Verify(ComputedDigests digests) => _digests is null ? null : _body.Verify(_computed ?? throw new InvalidOperationException("The body was not read to its end."));

    public void Dispose() => _digests?.Dispose();

    private async ValueTask<byte[]> ReadExactlyAsync(int length, CancellationToken ct)
    {
        var bytes = new byte[length];
        for (var read = 0; read < length;)
        {
            var count = await ReadAsync(bytes.AsMemory(read), ct);
            if (count == 0) throw Malformed();
            read += count;
        }
        return bytes;
    }

    private static S3Exception Malformed() => new(S3ErrorCode.InvalidRequest, "The body does not begin with a document.");
}
