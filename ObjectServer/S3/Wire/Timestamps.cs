using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ObjectStore.Server.S3.Wire;

/// <summary>The two spellings of time in S3: ISO 8601 with milliseconds in XML, RFC 9110's HTTP date in headers.</summary>
internal static class Timestamps
{
    /// <summary>Bytes of <c>2009-10-12T17:50:30.000Z</c>.</summary>
    public const int Iso8601Bytes = 24;

    private static readonly string[] HttpDateFormats =
        ["ddd, dd MMM yyyy HH:mm:ss 'GMT'", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM  d HH:mm:ss yyyy", "ddd MMM d HH:mm:ss yyyy"];

    private static readonly string[] Iso8601Formats =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public static int WriteIso8601(DateTimeOffset value, Span<byte> destination)
    {
        var utc = value.UtcDateTime;
        utc.Deconstruct(out var date, out var time);
        var d = destination[..Iso8601Bytes];
        Two(d, 0, date.Year / 100);
        Two(d, 2, date.Year % 100);
        d[4] = (byte)'-';
        Two(d, 5, date.Month);
        d[7] = (byte)'-';
        Two(d, 8, date.Day);
        d[10] = (byte)'T';
        Two(d, 11, time.Hour);
        d[13] = (byte)':';
        Two(d, 14, time.Minute);
        d[16] = (byte)':';
        Two(d, 17, time.Second);
        d[19] = (byte)'.';
        d[20] = (byte)('0' + time.Millisecond / 100);
        Two(d, 21, time.Millisecond % 100);
        d[23] = (byte)'Z';
        return Iso8601Bytes;
    }

    public static string HttpDate(DateTimeOffset value) => value.ToUniversalTime().ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Any of the three forms of RFC 9110 section 5.6.7. S3 ignores a condition whose date does not parse.</summary>
    public static bool TryParseHttpDate([NotNullWhen(true)] string? text, out DateTimeOffset value)
    {
        value = default;
        return text is not null && DateTimeOffset.TryParseExact(text.Trim(), HttpDateFormats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value);
    }

    /// <summary>ISO 8601, or an HTTP date: DeleteObjects takes either for LastModifiedTime.</summary>
    public static bool TryParseAny(string? text, out DateTimeOffset value) =>
        TryParseHttpDate(text, out value) || TryParseIso8601(text, out value);

    public static bool TryParseIso8601([NotNullWhen(true)] string? text, out DateTimeOffset value)
    {
        value = default;
        return text is not null && DateTimeOffset.TryParseExact(text.Trim(), Iso8601Formats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value);
    }

    public static string Iso8601(DateTimeOffset value) => string.Create(Iso8601Bytes, value, static (text, time) =>
    {
        Span<byte> bytes = stackalloc byte[Iso8601Bytes];
        WriteIso8601(time, bytes);
        System.Text.Encoding.ASCII.GetChars(bytes, text);
    });

    /// <summary>HTTP dates have whole seconds, so that is what conditions compare.</summary>
    public static DateTimeOffset ToSecond(DateTimeOffset value) => new(value.UtcTicks - value.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);

    private static void Two(Span<byte> destination, int at, int value)
    {
        destination[at] = (byte)('0' + value / 10);
        destination[at + 1] = (byte)('0' + value % 10);
    }
}
