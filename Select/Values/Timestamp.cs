using System.Globalization;
using ObjectStore.Select.Syntax;

namespace ObjectStore.Select.Values;

/// <summary>How much of a timestamp was written.</summary>
internal enum TimestampPrecision : byte
{
    Year, Month, Day, Minute, Second, Fraction,
}

/// <summary>
/// A moment with its local offset, to 100 ns. As text it follows the W3C's note on date and time formats, and ends with T if it
/// is not precise to the day. Source: S3 User Guide, "Data types".
/// </summary>
/// <param name="UtcTicks">Of the moment, counted as in <see cref="DateTime"/>.</param>
/// <param name="FractionDigits">Digits behind the second's point, 0 to 7.</param>
internal readonly record struct Timestamp(long UtcTicks, short OffsetMinutes, TimestampPrecision Precision, byte FractionDigits)
{
    private const int MaxFractionDigits = 7;

    /// <summary>The local date and time.</summary>
    public DateTime Local => new(UtcTicks + (OffsetMinutes * TimeSpan.TicksPerMinute), DateTimeKind.Unspecified);

    public static Timestamp OfUtc(DateTimeOffset moment) => new(moment.UtcTicks, 0, TimestampPrecision.Fraction, MaxFractionDigits);

    public static Timestamp Unpack(long low, long high) => new(low, (short)(high >> 16), (TimestampPrecision)(byte)(high >> 8), (byte)high);

    public (long Low, long High) Pack() => (UtcTicks, ((long)OffsetMinutes << 16) | ((long)Precision << 8) | FractionDigits);

    public static bool TryParse(ReadOnlySpan<byte> text, out Timestamp value)
    {
        value = default;
        if (text.Length > 64) return false;
        Span<char> characters = stackalloc char[64];
        for (var index = 0; index < text.Length; index++) characters[index] = (char)text[index];
        return TryParse(characters[..text.Length], out value);
    }

    /// <summary>YYYYT, YYYY-MMT, YYYY-MM-DD[T], or a date with THH:MM[:SS[.fraction]] and an offset: Z or +HH:MM.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Timestamp value)
    {
        value = default;
        var (month, day) = (1, 1);
        if (!Digits(ref text, 4, out var year)) return false;
        var precision = TimestampPrecision.Year;
        if (Take(ref text, '-'))
        {
            if (!Digits(ref text, 2, out month)) return false;
            precision = TimestampPrecision.Month;
            if (Take(ref text, '-'))
            {
                if (!Digits(ref text, 2, out day)) return false;
                precision = TimestampPrecision.Day;
            }
        }

        if (year is 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        var ticks = new DateTime(year, month, day).Ticks;
        if (text.IsEmpty) return precision == TimestampPrecision.Day && Make(ticks, 0, precision, 0, out value);
        if (!Take(ref text, 'T')) return false;
        if (text.IsEmpty) return Make(ticks, 0, precision, 0, out value);
        return precision == TimestampPrecision.Day && TryParseTime(text, ticks, out value);
    }

    private static bool TryParseTime(ReadOnlySpan<char> text, long ticks, out Timestamp value)
    {
        value = default;
        if (!Digits(ref text, 2, out var hour) || !Take(ref text, ':') || !Digits(ref text, 2, out var minute) || hour > 23 || minute > 59) return false;
        ticks += (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        var precision = TimestampPrecision.Minute;
        var digits = 0;
        if (Take(ref text, ':'))
        {
            if (!Digits(ref text, 2, out var second) || second > 59) return false;
            ticks += second * TimeSpan.TicksPerSecond;
            precision = TimestampPrecision.Second;
            if (Take(ref text, '.'))
            {
                precision = TimestampPrecision.Fraction;
                if (!TryParseFraction(ref text, ref ticks, out digits)) return false;
            }
        }

        return TryParseOffset(text, out var offset) && Make(ticks - (offset * TimeSpan.TicksPerMinute), offset, precision, digits, out value);
    }

    private static bool TryParseFraction(ref ReadOnlySpan<char> text, ref long ticks, out int digits)
    {
        digits = 0;
        var unit = TimeSpan.TicksPerSecond;
        var any = false;
        while (!text.IsEmpty && char.IsAsciiDigit(text[0]))
        {
            unit /= 10;
            ticks += unit * (text[0] - '0');
            if (unit > 0) digits++;
            any = true;
            text = text[1..];
        }

        return any;
    }

    private static bool TryParseOffset(ReadOnlySpan<char> text, out int offset)
    {
        offset = 0;
        if (text is "Z" or "z") return true;
        var negative = Take(ref text, '-');
        if (!negative && !Take(ref text, '+')) return false;
        if (!Digits(ref text, 2, out var hours) || !Take(ref text, ':') || !Digits(ref text, 2, out var minutes) || !text.IsEmpty || hours > 23 || minutes > 59) return false;
        offset = (hours * 60) + minutes;
        if (negative) offset = -offset;
        return true;
    }

    private static bool Make(long ticks, int offset, TimestampPrecision precision, int digits, out Timestamp value)
    {
        value = new Timestamp(ticks, (short)offset, precision, (byte)digits);
        var local = ticks + (offset * TimeSpan.TicksPerMinute);
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks && local >= 0 && local <= DateTime.MaxValue.Ticks;
    }

    private static bool Take(ref ReadOnlySpan<char> text, char expected)
    {
        if (text.IsEmpty || (text[0] | 0x20) != (expected | 0x20)) return false;
        text = text[1..];
        return true;
    }

    private static bool Digits(ref ReadOnlySpan<char> text, int count, out int value)
    {
        value = 0;
        if (text.Length < count) return false;
        for (var index = 0; index < count; index++)
        {
            if (!char.IsAsciiDigit(text[index])) return false;
            value = (value * 10) + text[index] - '0';
        }

        text = text[count..];
        return true;
    }

    public override string ToString()
    {
        var local = Local;
        var pattern = Precision switch
        {
            TimestampPrecision.Year => "yyyy'T'",
            TimestampPrecision.Month => "yyyy-MM'T'",
            TimestampPrecision.Day => "yyyy-MM-dd",
            TimestampPrecision.Minute => "yyyy-MM-dd'T'HH:mm",
            TimestampPrecision.Second => "yyyy-MM-dd'T'HH:mm:ss",
            _ => FractionDigits == 0 ? "yyyy-MM-dd'T'HH:mm:ss" : "yyyy-MM-dd'T'HH:mm:ss." + new string('f', FractionDigits),
        };
        var text = local.ToString(pattern, CultureInfo.InvariantCulture);
        return Precision < TimestampPrecision.Minute ? text : text + OffsetText(":", "Z");
    }

    /// <summary>+HH:MM with any separator; <paramref name="zero"/> for UTC.</summary>
    public string OffsetText(string separator, string? zero)
    {
        if (OffsetMinutes == 0 && zero is not null) return zero;
        var minutes = Math.Abs((int)OffsetMinutes);
        return string.Create(CultureInfo.InvariantCulture, $"{(OffsetMinutes < 0 ? '-' : '+')}{minutes / 60:00}{separator}{minutes % 60:00}");
    }

    public long Extract(DatePart part) => part switch
    {
        DatePart.Year => Local.Year,
        DatePart.Month => Local.Month,
        DatePart.Day => Local.Day,
        DatePart.Hour => Local.Hour,
        DatePart.Minute => Local.Minute,
        DatePart.Second => Local.Second,
        DatePart.TimezoneHour => OffsetMinutes / 60,
        _ => OffsetMinutes % 60,
    };

    /// <exception cref="SelectException">The result is no date of the years 1 to 9999.</exception>
    public Timestamp Add(DatePart part, long amount)
    {
        try
        {
            var local = part switch
            {
                DatePart.Year => Local.AddYears(checked((int)amount)),
                DatePart.Month => Local.AddMonths(checked((int)amount)),
                DatePart.Day => Local.AddTicks(checked(amount * TimeSpan.TicksPerDay)),
                DatePart.Hour => Local.AddTicks(checked(amount * TimeSpan.TicksPerHour)),
                DatePart.Minute => Local.AddTicks(checked(amount * TimeSpan.TicksPerMinute)),
                _ => Local.AddTicks(checked(amount * TimeSpan.TicksPerSecond)),
            };
            var needed = part switch
            {
                DatePart.Year => TimestampPrecision.Year,
                DatePart.Month => TimestampPrecision.Month,
                DatePart.Day => TimestampPrecision.Day,
                DatePart.Hour or DatePart.Minute => TimestampPrecision.Minute,
                _ => TimestampPrecision.Second,
            };
            return this with { UtcTicks = local.Ticks - (OffsetMinutes * TimeSpan.TicksPerMinute), Precision = needed > Precision ? needed : Precision };
        }
        catch (Exception e) when (e is OverflowException or ArgumentOutOfRangeException)
        {
            throw new SelectException(SelectErrorCode.IntegerOverflow, "A date is out of the years 1 to 9999.", e);
        }
    }

    /// <summary>Whole parts from one moment to the other; negative if the other is earlier.</summary>
    public static long Difference(DatePart part, Timestamp from, Timestamp to)
    {
        var ticks = to.UtcTicks - from.UtcTicks;
        return part switch
        {
            DatePart.Year => Months(from, to) / 12,
            DatePart.Month => Months(from, to),
            DatePart.Day => ticks / TimeSpan.TicksPerDay,
            DatePart.Hour => ticks / TimeSpan.TicksPerHour,
            DatePart.Minute => ticks / TimeSpan.TicksPerMinute,
            _ => ticks / TimeSpan.TicksPerSecond,
        };
    }

    private static long Months(Timestamp from, Timestamp to)
    {
        if (to.UtcTicks < from.UtcTicks) return -Months(to, from);
        var (start, end) = (new DateTime(from.UtcTicks), new DateTime(to.UtcTicks));
        var months = ((end.Year - start.Year) * 12) + end.Month - start.Month;
        // The last day of a short month completes one that began on a longer month's last day.
        return months > 0 && start.AddMonths(months) > end ? months - 1 : months;
    }
}
