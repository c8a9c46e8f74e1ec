using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// Percent encoding as S3 uses it for <c>encoding-type=url</c> and in <c>x-amz-copy-source</c>: unreserved characters of
/// RFC 3986 and the slash stay, everything else is encoded byte by byte. A space is %20, so that decoders which treat a
/// plus sign as a space and those that do not agree.
/// </summary>
internal static class UrlEncoding
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/*");

    /// <summary>Characters at the start that stay as they are.</summary>
    public static int PlainPrefixLength(ReadOnlySpan<char> text)
    {
        var index = text.IndexOfAnyExcept(Plain);
        return index < 0 ? text.Length : index;
    }

    public static int WriteEscaped(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        var hex = "0123456789ABCDEF"u8;
        for (var i = 0; i < bytes.Length; i++)
        {
            destination[3 * i] = (byte)'%';
            destination[3 * i + 1] = hex[bytes[i] >> 4];
            destination[3 * i + 2] = hex[bytes[i] & 15];
        }

        return 3 * bytes.Length;
    }

    public static string Encode(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new XmlBuilder(buffer);
        writer.Name("a"u8, text, urlEncoded: true);
        writer.Complete();
        return Encoding.ASCII.GetString(buffer.WrittenSpan[3..^4]);
    }

    /// <summary>
    /// Decodes %XX of a header's value, whose other characters are a byte each, as it came; a plus sign stays one.
    /// False when an escape is broken or the bytes are not UTF-8.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> encoded, out string decoded)
    {
        decoded = "";
        var bytes = new byte[encoded.Length];
        var used = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            int value = encoded[i];
            if (value == '%')
            {
                if (encoded.Length < i + 3 || !char.IsAsciiHexDigit(encoded[i + 1]) || !char.IsAsciiHexDigit(encoded[i + 2]))
                    return false;
                value = (HexValue(encoded[i + 1]) << 4) | HexValue(encoded[i + 2]);
                i += 2;
            }

            if (value > 0xFF)
                return false;
            bytes[used++] = (byte)value;
        }

        if (!System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, used)))
            return false;
        decoded = Encoding.UTF8.GetString(bytes, 0, used);
        return true;
    }

    private static int HexValue(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
