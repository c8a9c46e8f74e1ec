using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>A byte buffer that starts on the stack and moves to the pool when it grows. Dispose it.</summary>
internal ref struct CanonicalBuffer(Span<byte> initial)
{
    private Span<byte> _buffer = initial;
    private byte[]? _rented;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    public void Append(byte value)
    {
        Reserve(1);
        _buffer[Length++] = value;
    }

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer[Length..]);
        Length += bytes.Length;
    }

    /// <summary>Characters up to 255 as one byte each, the way header values are decoded.</summary>
    public void AppendLatin1(scoped ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        Length += Encoding.Latin1.GetBytes(text, _buffer[Length..]);
    }

    public void AppendUtf8(scoped ReadOnlySpan<char> text)
    {
        Reserve(text.Length * 3);
        Length += Encoding.UTF8.GetBytes(text, _buffer[Length..]);
    }

    public void AppendHex(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length * 2);
        Convert.TryToHexStringLower(bytes, _buffer.Slice(Length, bytes.Length * 2), out var written);
        Length += written;
    }

    public void Clear() => Length = 0;

    /// <summary>The percent-encoded form of what <paramref name="encoded"/> decodes to; as it is where it does not decode.</summary>
    public void AppendNormalized(scoped ReadOnlySpan<char> encoded, bool plusIsSpace, bool keepSlash)
    {
        if (IsPlain(encoded, keepSlash))
        {
            AppendLatin1(encoded);
            return;
        }
        var rented = ArrayPool<byte>.Shared.Rent(encoded.Length * 3);
        var length = PercentEncoding.DecodeToBytes(encoded, rented, plusIsSpace);
        if (length < 0)
        {
            AppendUtf8(encoded);
        }
        else
        {
            Reserve(length * 3);
            Length += PercentEncoding.Encode(rented.AsSpan(0, length), _buffer[Length..], keepSlash);
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    public void Dispose()
    {
        var rented = _rented;
        this = default;
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    private static bool IsPlain(ReadOnlySpan<char> text, bool keepSlash)
    {
        foreach (var value in text)
        {
            if (!PercentEncoding.IsUnreserved(value) && !(keepSlash && value == '/')) return false;
        }
        return true;
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - Length >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, Length + count));
        _buffer[..Length].CopyTo(larger);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
        _buffer = larger;
    }
}
