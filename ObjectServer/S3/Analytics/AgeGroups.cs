namespace ObjectStore.Server.S3.Analytics;

/// <summary>How an analysis parts objects by their age. Source: S3 User Guide, "Amazon S3 analytics – Storage Class Analysis".</summary>
internal static class AgeGroups
{
    /// <summary>Smaller objects are in no group of age: to move them would not pay.</summary>
    public const long MinLengthBytes = 128 * 1024;

    /// <summary>Groups of age.</summary>
    public const int Count = 12;

    /// <summary>What stands for small objects of any age.</summary>
    public const byte Small = Count;

    private static readonly int[] FirstDays = [0, 15, 30, 45, 60, 75, 90, 120, 150, 180, 365, 730];

    private static readonly string[] Names =
    [
        "000-014", "015-029", "030-044", "045-059", "060-074", "075-089", "090-119", "120-149", "150-179", "180-364", "365-729", "730+",
    ];

    public static string NameOf(int group) => Names[group];

    /// <summary>The age in days at which a group begins.</summary>
    public static int FirstDayOf(int group) => FirstDays[group];

    public static byte Of(long lengthBytes, DateTimeOffset modified, DateTimeOffset now, TimeSpan day)
    {
        if (lengthBytes < MinLengthBytes) return Small;
        var days = (now - modified).Ticks / day.Ticks;
        var group = Count - 1;
        while (group > 0 && days < FirstDays[group]) group--;
        return (byte)group;
    }
}
