using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3;

/// <summary>
/// Percent-encoding as S3 means it: every byte of the UTF-8 form except the unreserved A-Z a-z 0-9 - . _ ~ becomes %XX
/// with capital digits (AWS, "Create a signed AWS API request", UriEncode).
/// </summary>
internal static class PercentEncoding
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const string HexDigits = "0123456789ABCDEF";

    public static bool IsUnreserved(int value) =>
        value is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '.' or '_' or '~';

    /// <summary>Decodes a piece of a path; '+' stays. Null if it is not percent-encoded UTF-8.</summary>
    public static string? DecodePath(ReadOnlySpan<char> encoded) => Decode(encoded, plusIsSpace: false);

    /// <summary>Decodes a name or value of a query; '+' is a space. Null if it is not percent-encoded UTF-8.</summary>
    public static string? DecodeQuery(ReadOnlySpan<char> encoded) => Decode(encoded, plusIsSpace: true);

    /// <summary>Whether a query's name, decoded, is <paramref name="plain"/> (which is ASCII without specials).</summary>
    public static bool DecodedEquals(ReadOnlySpan<char> encoded, ReadOnlySpan<char> plain)
    {
        if (!encoded.Contains('%')) return encoded.SequenceEqual(plain);
        if (encoded.Length < plain.Length || encoded.Length > plain.Length * 3) return false;
        return DecodeQuery(encoded) is { } decoded && plain.SequenceEqual(decoded);
    }

    /// <summary>Appends the encoded form of bytes as ASCII.</summary>
    public static int Encode(ReadOnlySpan<byte> plain, Span<byte> destination, bool keepSlash)
    {
        var length = 0;
        foreach (var value in plain)
        {
            if (IsUnreserved(value) || (keepSlash && value == '/'))
            {
                destination[length++] = value;
                continue;
            }
            destination[length++] = (byte)'%';
            destination[length++] = (byte)HexDigits[value >> 4];
            destination[length++] = (byte)HexDigits[value & 15];
        }
        return length;
    }

    /// <summary>The encoded form of a text, for Location headers and encoding-type=url.</summary>
    public static string Encode(string plain, bool keepSlash)
    {
        var utf8 = Encoding.UTF8.GetBytes(plain);
        var encoded = new byte[utf8.Length * 3];
        var length = Encode(utf8, encoded, keepSlash);
        return Encoding.ASCII.GetString(encoded, 0, length);
    }

    /// <summary>
    /// Decodes to bytes. Characters above 127, which a client sent without encoding them, count as their UTF-8 bytes.
    /// </summary>
    /// <param name="destination">At least three bytes for each character.</param>
    /// <returns>The number of bytes, or -1 for a '%' without two hexadecimal digits.</returns>
    public static int DecodeToBytes(ReadOnlySpan<char> encoded, Span<byte> destination, bool plusIsSpace)
    {
        var length = 0;
        for (var index = 0; index < encoded.Length; index++)
        {
            var value = encoded[index];
            if (value == '%')
            {
                if (index + 2 >= encoded.Length) return -1;
                var high = HexDigit.ValueOf(encoded[index + 1]);
                var low = HexDigit.ValueOf(encoded[index + 2]);
                if ((high | low) < 0) return -1;
                destination[length++] = (byte)((high << 4) | low);
                index += 2;
            }
            else if (value < 128)
            {
                destination[length++] = plusIsSpace && value == '+' ? (byte)' ' : (byte)value;
            }
            else
            {
                var rest = encoded[index..];
                var run = rest.IndexOfAnyInRange('\0', '\x7F');
                if (run < 0) run = rest.Length;
                length += Encoding.UTF8.GetBytes(rest[..run], destination[length..]);
                index += run - 1;
            }
        }
        return length;
    }

    private static string? Decode(ReadOnlySpan<char> encoded, bool plusIsSpace)
    {
        if (encoded.IsEmpty) return "";
        if (encoded.IndexOfAny('%', '+') < 0) return encoded.ToString();

        var rented = ArrayPool<byte>.Shared.Rent(encoded.Length * 3);
        try
        {
            var length = DecodeToBytes(encoded, rented, plusIsSpace);
            return length < 0 ? null : Strict.GetString(rented, 0, length);
        }
        catch (DecoderFallbackException)
        {
            // Bytes that are not UTF-8 can be no key.
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
