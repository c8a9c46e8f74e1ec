using System.Globalization;

namespace ObjectStore.Server.Policies.Conditions;

/// <summary>
/// Dates as policies have them: the W3C profile of ISO 8601, or seconds since 1970. Without an offset they are UTC.
/// </summary>
internal static class PolicyDate
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd", "yyyy-MM", "yyyyMMdd'T'HHmmssK",
    ];

    private const long MaxUnixSeconds = 253_402_300_799;

    public static bool TryParse(string text, out DateTimeOffset value)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            value = seconds <= MaxUnixSeconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : default;
            return seconds <= MaxUnixSeconds;
        }
        return DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }
}
