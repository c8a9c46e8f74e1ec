using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// Text of headers. The server takes and sends bytes of header values as ISO 8859-1, so each character of a stored value is one
/// byte of what the client sent.
/// </summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Ascii = SearchValues.Create(Enumerable.Range(0x20, 0x5F).Select(c => (char)c).Append('\t').ToArray());

    private static readonly SearchValues<char> Bytes = SearchValues.Create(Enumerable.Range(0x20, 0xE0).Where(c => c != 0x7F).Select(c => (char)c).Append('\t').ToArray());

    // RFC 9110 section 5.6.2.
    private static readonly SearchValues<char> Token = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~");

    /// <summary>Whether a header can be called so.</summary>
    public static bool IsName(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(Token);

    /// <summary>Whether it can be sent as it is.</summary>
    public static bool IsSendable(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Bytes);

    /// <summary>
    /// User metadata: as it is where it is printable ASCII, else an encoded word of RFC 2047, as S3 does it.
    /// Source: S3 User Guide, "Working with object metadata".
    /// </summary>
    public static string EncodeMetadata(string text) => text.AsSpan().ContainsAnyExcept(Ascii) ? EncodedWord(text) : text;

    /// <summary>A content header: byte for byte what the client sent; an encoded word only where no byte stands for a character.</summary>
    public static string EncodeContentHeader(string text) => IsSendable(text) ? text : EncodedWord(text);

    /// <summary>Text as the bytes of its UTF-8 form, one a character, as if it had come in a header.</summary>
    public static string FromText(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string EncodedWord(string text) => string.Concat("=?UTF-8?B?", Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), "?=");
}
