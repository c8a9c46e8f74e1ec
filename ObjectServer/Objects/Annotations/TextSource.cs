using System.Buffers;
using System.Text;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>The body of an annotation: text in UTF-8, not empty and not longer than one may be. All else ends the write.</summary>
internal sealed class TextSource(IContentSource source) : IContentSource
{
    private readonly Decoder _decoder = AnnotationRules.NewDecoder();
    private long _lengthBytes;

    public long? LengthBytes => source.LengthBytes;

    public ChecksumSet Digests => source.Digests;

    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        var read = await source.ReadAsync(destination, ct);
        _lengthBytes += read;
        if (_lengthBytes > AnnotationRules.MaxLengthBytes) throw new ContentSourceException(new Failure(ObjectFault.EntityTooLarge));
        Decode(destination.Span[..read], isEnd: false);
        return read;
    }

    public Failure? Verify(ComputedDigests digests)
    {
        // What came is judged before what it says: a body that was damaged on its way is told so.
        if (source.Verify(digests) is { } refused) return refused;
        if (_lengthBytes == 0) return new Failure(ObjectFault.EmptyAnnotation);
        Decode([], isEnd: true);
        return null;
    }

    private void Decode(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        var chars = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(bytes.Length));
        try
        {
            _decoder.GetChars(bytes, chars, isEnd);
        }
        catch (DecoderFallbackException e)
        {
            throw new ContentSourceException(new Failure(ObjectFault.AnnotationNotText), e);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }
}
