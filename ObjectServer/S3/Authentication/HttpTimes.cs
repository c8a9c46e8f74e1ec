using System.Globalization;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>Times as clients write them in headers: leniently, as what counts is the signature over the text.</summary>
internal static class HttpTimes
{
    private static readonly string[] Formats =
    [
        "dd MMM yyyy HH:mm:ss 'GMT'", "dd MMM yyyy HH:mm:ss 'UTC'", "dd MMM yyyy HH:mm:ss zzz", "dd MMM yyyy HH:mm:ss 'Z'",
        "d MMM yyyy HH:mm:ss 'GMT'", "d MMM yyyy HH:mm:ss zzz", "yyyyMMdd'T'HHmmss'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
    ];

    /// <summary>RFC 1123 with a weekday, right or wrong, or without one; also ISO 8601. False for anything else, and before 1970.</summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        if (text is null) return false;
        var rest = text.AsSpan().Trim();
        if (rest.Length > 4 && rest[3] == ',') rest = rest[4..].TrimStart();
        return DateTimeOffset.TryParseExact(rest, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)
            && time >= DateTimeOffset.UnixEpoch;
    }
}
