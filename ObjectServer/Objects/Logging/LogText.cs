using System.Buffers;
using System.Globalization;
using System.Text;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Fields of a log record: parted by spaces, the record ended by a line feed. What came from a client is percent-encoded where it could end a field
/// or a line. Source: S3 User Guide, "Amazon S3 server access log format".
/// </summary>
internal sealed class LogText
{
    /// <summary>
    /// Of a field that a client chose; what is longer is cut and ends in dots. A header may have 32 KiB, and each byte of it six characters here: without a
    /// bound one request could make a record that no row of the queue takes, and all behind it would wait for it.
    /// </summary>
    public const int MaxFieldChars = 20 * 1024;

    private const string Cut = "...";

    private static readonly SearchValues<byte> PlainInField = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:!$&()*+,;=@"u8);

    // Of a quoted field: all that is printed, but what ends it.
    private static readonly SearchValues<byte> PlainInQuotes = SearchValues.Create([.. Enumerable.Range(0x20, 0x5F).Select(c => (byte)c).Except("\"\\[]"u8.ToArray())]);

    private readonly StringBuilder _text = new(512);

    public static string TimeOf(DateTimeOffset time) => time.UtcDateTime.ToString("'['dd/MMM/yyyy:HH:mm:ss '+0000]'", CultureInfo.InvariantCulture);

    /// <summary>A field that is ours: taken as it is. Null or empty is a dash.</summary>
    public LogText Plain(string? value) => Append(string.IsNullOrEmpty(value) ? "-" : value);

    public LogText Number(long? value) => Append(value is { } number ? number.ToString(CultureInfo.InvariantCulture) : "-");

    /// <summary>A field that a client chose.</summary>
    public LogText Encoded(string? value)
    {
        if (string.IsNullOrEmpty(value)) return Append("-");
        Separate();
        Encode(value, PlainInField);
        return this;
    }

    public LogText Quoted(string? value)
    {
        Separate();
        _text.Append('"');
        if (string.IsNullOrEmpty(value)) _text.Append('-');
        else Encode(value, PlainInQuotes);
        _text.Append('"');
        return this;
    }

    public byte[] End()
    {
        _text.Append('\n');
        var line = Encoding.ASCII.GetBytes(_text.ToString());
        _text.Clear();
        return line;
    }

    private void Encode(string value, SearchValues<byte> plain)
    {
        const int longestRune = 4 * 3;
        var end = _text.Length + MaxFieldChars - Cut.Length - longestRune;
        foreach (var next in Encoding.UTF8.GetBytes(value))
        {
            var beginsRune = (next & 0xC0) != 0x80;
            if (beginsRune && _text.Length > end)
            {
                _text.Append(Cut);
                return;
            }
            if (plain.Contains(next)) _text.Append((char)next);
            else _text.Append('%').Append(next.ToString("X2", CultureInfo.InvariantCulture));
        }
    }

    private LogText Append(string field)
    {
        Separate();
        _text.Append(field);
        return this;
    }

    private void Separate()
    {
        if (_text.Length > 0) _text.Append(' ');
    }
}
