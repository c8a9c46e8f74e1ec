using System.Text;

namespace ObjectStore.Select.Input;

/// <summary>The delimiters of CSV as bytes.</summary>
internal sealed class CsvFormat
{
    /// <exception cref="SelectException">A delimiter is not as long as it can be, or two of them are the same.</exception>
    public CsvFormat(string fieldDelimiter, string recordDelimiter, char quote, char escape, char? comment)
    {
        FieldDelimiter = Bytes(fieldDelimiter, 1, "FieldDelimiter");
        RecordDelimiter = Bytes(recordDelimiter, 2, "RecordDelimiter");
        Quote = Byte(quote, "QuoteCharacter");
        Escape = Byte(escape, "QuoteEscapeCharacter");
        Comment = comment is null ? null : Byte(comment.Value, "Comments");
        // What separates fields must neither end them nor be a part of them.
        if (FieldDelimiter.AsSpan().IndexOf(RecordDelimiter) >= 0 || RecordDelimiter.AsSpan().IndexOf(FieldDelimiter) >= 0
            || FieldDelimiter.Contains(Quote) || RecordDelimiter.Contains(Quote))
        {
            throw new SelectException(SelectErrorCode.InvalidRequestParameter, "FieldDelimiter, RecordDelimiter and QuoteCharacter must differ.");
        }
    }

    public byte[] FieldDelimiter { get; }

    public byte[] RecordDelimiter { get; }

    public byte Quote { get; }

    public byte Escape { get; }

    public byte? Comment { get; }

    public static CsvFormat Of(CsvInput input) => new(input.FieldDelimiter, input.RecordDelimiter, input.Quote, input.Escape, input.Comment);

    public static CsvFormat Of(CsvOutput output) => new(output.FieldDelimiter, output.RecordDelimiter, output.Quote, output.Escape, null);

    private static byte[] Bytes(string text, int mostCharacters, string name)
    {
        var characters = 0;
        foreach (var _ in text.EnumerateRunes()) characters++;
        return characters >= 1 && characters <= mostCharacters
            ? Encoding.UTF8.GetBytes(text)
            : throw new SelectException(SelectErrorCode.InvalidRequestParameter, $"The value of {name} is not valid.");
    }

    private static byte Byte(char character, string name) => char.IsAscii(character)
        ? (byte)character
        : throw new SelectException(SelectErrorCode.InvalidRequestParameter, $"{name} must be a character of ASCII.");
}
