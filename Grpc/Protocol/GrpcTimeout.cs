namespace ObjectStore.Grpc.Protocol;

/// <summary>The header grpc-timeout: one to eight digits and a unit (grpc/doc/PROTOCOL-HTTP2.md).</summary>
internal static class GrpcTimeout
{
    /// <summary>Timers take no more; a deadline a month away is none.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private const int MaxDigits = 8;

    /// <summary>False if it is malformed. What exceeds 30 days counts as that.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1) return false;
        long value = 0;
        foreach (var digit in text[..^1])
        {
            if (!char.IsAsciiDigit(digit)) return false;
            value = (value * 10) + (digit - '0');
        }
        long? ticks = text[^1] switch
        {
            'H' => value * TimeSpan.TicksPerHour,
            'M' => value * TimeSpan.TicksPerMinute,
            'S' => value * TimeSpan.TicksPerSecond,
            'm' => value * TimeSpan.TicksPerMillisecond,
            'u' => value * TimeSpan.TicksPerMicrosecond,
            // Rounded up: a deadline of some nanoseconds is not one of zero.
            'n' => (value + 99) / 100,
            _ => null,
        };
        if (ticks is not { } known) return false;
        timeout = TimeSpan.FromTicks(Math.Min(known, Longest.Ticks));
        return true;
    }
}
