using System.Buffers;
using System.Text;

namespace ObjectStore.Server.S3.Wire;

/// <summary>Stored text as a header value.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Printable = SearchValues.Create(Enumerable.Range(0x20, 0x5F).Select(c => (char)c).Append('\t').ToArray());

    public static bool IsPrintableAscii(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Printable);

    /// <summary>
    /// As it is where it is printable ASCII, else an encoded word of RFC 2047, as S3 sends user metadata that is not ASCII.
    /// Source: S3 User Guide, "Working with object metadata".
    /// </summary>
    public static string Encode(string text) =>
        IsPrintableAscii(text) ? text : string.Concat("=?UTF-8?B?", Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), "?=");
}
