using System.Globalization;

namespace ObjectStore.Cosi.Parameters;

/// <summary>Amounts as Kubernetes writes them. Source: Kubernetes, "Quantity" (resource units) and Go's durations, to which days are added.</summary>
internal static class Quantity
{
    private static readonly (string Unit, decimal Factor)[] ByteUnits =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50), ("Ei", 1L << 60),
        ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    private static readonly (char Unit, long Seconds)[] TimeUnits = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];

    /// <summary>A whole number of bytes results, or it is none.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        var unit = Array.Find(ByteUnits, unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        var number = unit.Unit is null ? text : text[..^unit.Unit.Length];
        if (number.Length > 20 || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)) return false;
        var factor = unit.Unit is null ? 1 : unit.Factor;
        if (amount > long.MaxValue / factor) return false;
        var product = amount * factor;
        if (product != decimal.Truncate(product)) return false;
        bytes = (long)product;
        return true;
    }

    /// <summary>One number and one unit, whole seconds.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2) return false;
        var unit = Array.Find(TimeUnits, unit => unit.Unit == text[^1]);
        if (unit.Seconds == 0 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        var seconds = number * unit.Seconds;
        if (seconds > TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond) return false;
        duration = TimeSpan.FromTicks(seconds * TimeSpan.TicksPerSecond);
        return true;
    }

    /// <summary>In the largest unit that divides it.</summary>
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        var (unit, length) = Array.FindLast(TimeUnits, unit => seconds % unit.Seconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / length}{unit}");
    }
}
