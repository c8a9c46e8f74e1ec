using System.Globalization;

namespace ObjectStore.Server.Cli.Output;

/// <summary>Values as people read them.</summary>
internal static class Texts
{
    public static string Time(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string? Time(DateTime? time) => time is { } known ? Time(known) : null;

    /// <summary>With a binary unit: "1.4 GiB".</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        var value = (double)bytes;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Duration(long seconds)
    {
        var span = TimeSpan.FromSeconds(seconds);
        return span.Days > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{span.Days} d {span.Hours} h")
            : span.Hours > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{span.Hours} h {span.Minutes} min")
                : string.Create(CultureInfo.InvariantCulture, $"{span.Minutes} min {span.Seconds} s");
    }

    public static string YesNo(bool value) => value ? "yes" : "no";

    public static string Status(bool isActive) => isActive ? "active" : "inactive";

    public static string? Join(IReadOnlyList<string>? items) => items is null ? null : string.Join(", ", items);
}
