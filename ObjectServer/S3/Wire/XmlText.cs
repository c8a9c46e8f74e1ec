using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// Text inside an XML element as Amazon S3 writes it: the five special characters by name (the apostrophe stays), carriage
/// return and every other control character as a hexadecimal reference. Some of those are not legal in XML 1.0; a client that has such keys
/// asks for <c>encoding-type=url</c>, and one that does not sees the key unchanged rather than silently altered.
/// </summary>
internal static class XmlText
{
    // 0x00-0x1F, & < > ": everything else is copied.
    private static readonly SearchValues<char> SpecialChars = SearchValues.Create(Enumerable.Range(0, 32).Select(c => (char)c).Concat("&<>\"\ufffe\uffff").ToArray());

    private static readonly SearchValues<byte> SpecialBytes = SearchValues.Create(Enumerable.Range(0, 32).Select(c => (byte)c).Concat("&<>\""u8.ToArray()).ToArray());

    public static int IndexOfSpecial(ReadOnlySpan<char> text) => text.IndexOfAny(SpecialChars);

    public static int IndexOfSpecial(ReadOnlySpan<byte> utf8) => utf8.IndexOfAny(SpecialBytes);

    /// <summary>Writes the escape of one special character; at most 8 bytes.</summary>
    public static int WriteEscape(int special, Span<byte> destination)
    {
        var name = special switch { '&' => "&amp;"u8, '<' => "&lt;"u8, '>' => "&gt;"u8, '"' => "&quot;"u8, _ => default };
        if (!name.IsEmpty)
        {
            name.CopyTo(destination);
            return name.Length;
        }

        "&#x"u8.CopyTo(destination);
        System.Buffers.Text.Utf8Formatter.TryFormat((uint)special, destination[3..], out var digits, new StandardFormat('X'));
        destination[3 + digits] = (byte)';';
        return 4 + digits;
    }

    /// <summary>Escaped text as a string, for tests and rarely used places.</summary>
    public static string Escape(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new XmlBuilder(buffer);
        writer.Text(text);
        writer.Complete();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
