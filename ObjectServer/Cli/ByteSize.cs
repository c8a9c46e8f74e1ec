using System.Globalization;

namespace ObjectStore.Server.Cli;

/// <summary>Sizes as people write them. Units of one letter are refused: they mean 1000 to some and 1024 to others.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, decimal Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("PiB", 1L << 50),
        ("KB", 1e3m), ("MB", 1e6m), ("GB", 1e9m), ("TB", 1e12m), ("PB", 1e15m), ("B", 1), ("", 1),
    ];

    /// <summary>Bytes, 0 or more; false for what is none, or no whole number of bytes.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var trimmed = text.AsSpan().Trim();
        foreach (var (unit, factor) in Units)
        {
            if (!trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            // The first that fits decides: "KiB" ends with "B", too.
            var number = trimmed[..^unit.Length].TrimEnd();
            if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value > long.MaxValue / factor) return false;
            var product = value * factor;
            if (product != decimal.Truncate(product)) return false;
            bytes = (long)product;
            return true;
        }
        return false;
    }
}
