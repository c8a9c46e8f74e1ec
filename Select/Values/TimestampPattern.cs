using System.Globalization;
using System.Text;

namespace ObjectStore.Select.Values;

/// <summary>The pattern of TO_STRING. Source: S3 User Guide, "Date functions".</summary>
internal sealed class TimestampPattern
{
    private const int MaxPatternLength = 4096;

    private readonly List<(char Symbol, int Count, string Literal)> _tokens = [];

    /// <exception cref="SelectException">A symbol or a quotation is not valid.</exception>
    public TimestampPattern(string pattern)
    {
        if (pattern.Length > MaxPatternLength) throw new SelectException(SelectErrorCode.EvaluatorInvalidTimestampFormatPattern);
        for (var at = 0; at < pattern.Length;)
        {
            var symbol = pattern[at];
            if (symbol == '\'')
            {
                at = Quotation(pattern, at);
                continue;
            }

            var count = 1;
            while (at + count < pattern.Length && pattern[at + count] == symbol) count++;
            at += count;
            if (!char.IsAsciiLetter(symbol) || symbol == 'T') _tokens.Add(('\0', 0, new string(symbol, count)));
            else _tokens.Add((symbol, Checked(symbol, count), ""));
        }
    }

    public string Format(Timestamp value)
    {
        var text = new StringBuilder();
        foreach (var (symbol, count, literal) in _tokens) text.Append(symbol == '\0' ? literal : Format(value, symbol, count));
        return text.ToString();
    }

    private int Quotation(string pattern, int start)
    {
        var end = pattern.IndexOf('\'', start + 1);
        if (end < 0) throw new SelectException(SelectErrorCode.EvaluatorUnterminatedTimestampFormatPatternToken);
        _tokens.Add(('\0', 0, end == start + 1 ? "'" : pattern[(start + 1)..end]));
        return end + 1;
    }

    private static int Checked(char symbol, int count)
    {
        var most = symbol switch
        {
            'y' => 4,
            'M' or 'X' or 'x' => 5,
            'd' or 'h' or 'H' or 'm' or 's' => 2,
            'a' => 1,
            'n' or 'S' => 9,
            _ => throw new SelectException(SelectErrorCode.EvaluatorInvalidTimestampFormatPatternSymbol),
        };
        return count <= most && !(symbol == 'y' && count == 3) ? count : throw new SelectException(SelectErrorCode.EvaluatorInvalidTimestampFormatPatternToken);
    }

    private static string Format(Timestamp value, char symbol, int count)
    {
        var local = value.Local;
        var names = CultureInfo.InvariantCulture.DateTimeFormat;
        return symbol switch
        {
            'y' => count == 2 ? Padded(local.Year % 100, 2) : Padded(local.Year, count),
            'M' when count == 3 => names.GetAbbreviatedMonthName(local.Month),
            'M' when count == 4 => names.GetMonthName(local.Month),
            'M' when count == 5 => names.GetMonthName(local.Month)[..1],
            'M' => Padded(local.Month, count),
            'd' => Padded(local.Day, count),
            'a' => local.Hour < 12 ? "AM" : "PM",
            'h' => Padded(local.Hour % 12 == 0 ? 12 : local.Hour % 12, count),
            'H' => Padded(local.Hour, count),
            'm' => Padded(local.Minute, count),
            's' => Padded(local.Second, count),
            'S' => Padded(local.Ticks % TimeSpan.TicksPerSecond * 100, 9)[..count],
            'n' => Padded(local.Ticks % TimeSpan.TicksPerSecond * 100, count),
            _ => Offset(value, count, symbol == 'X' ? "Z" : null),
        };
    }

    private static string Offset(Timestamp value, int count, string? zero) => count switch
    {
        1 => value.OffsetMinutes == 0 && zero is not null ? zero : value.OffsetText(":", null)[..3],
        2 or 4 => value.OffsetText("", zero),
        _ => value.OffsetText(":", zero),
    };

    private static string Padded(long value, int digits) => value.ToString("D" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
