using System.Globalization;
using System.Text;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Analytics;

/// <summary>
/// The exported file of an analysis. Source: S3 User Guide, "Exported file layout": rows by age group, in it by date, the totals of all ages at the end.
/// </summary>
internal static class AnalyticsReport
{
    public const string Header =
        "Date,ConfigId,Filter,StorageClass,ObjectAge,ObjectCount,DataUploaded_MB,Storage_MB,DataRetrieved_MB,GetRequestCount,CumulativeAccessRatio,"
        + "ObjectAgeForSIATransition,RecommendedObjectAgeForSIATransition";

    /// <summary>Days after which an analysis says what it has observed.</summary>
    public const int ObservedDays = 30;

    /// <summary>For so many days the observed age must be the same before it is recommended.</summary>
    public const int StableDays = 7;

    private const int All = AgeGroups.Count;

    private const double Megabyte = 1 << 20;

    public static string Write(AnalyticsRecord configuration, SortedDictionary<uint, AnalyticsDayRecord> days, Func<uint, DateTimeOffset> beginOf)
    {
        var text = new StringBuilder(Header).Append('\n');
        var filter = Quoted(FilterOf(configuration));
        for (var group = 0; group <= All; group++)
        {
            foreach (var (number, day) in days)
            {
                var date = beginOf(number).UtcDateTime.ToString("MM-dd-yyyy", CultureInfo.InvariantCulture);
                foreach (var storageClass in ClassesOf(day))
                {
                    text.Append(date).Append(',').Append(configuration.Id).Append(',').Append(filter).Append(',').Append(storageClass).Append(',');
                    AppendNumbers(text, day, storageClass, group);
                    text.Append(',').Append(RatioOf(day, storageClass, group));
                    var isTotal = group == All && storageClass == StorageClasses.Standard && day.HasObservedAge;
                    text.Append(',').Append(isTotal ? Text(day.ObservedAge) : "");
                    text.Append(',').Append(isTotal && IsStable(days, number) ? Text(day.ObservedAge) : "").Append('\n');
                }
            }
        }
        return text.ToString();
    }

    /// <summary>
    /// The age from which on a byte in STANDARD was read less than once in the last month, counted in its groups of age; null where there are not enough days,
    /// no objects of that age, or no such age. How AWS observes it is not published.
    /// </summary>
    /// <param name="days">With <paramref name="last"/> as the last.</param>
    public static uint? ObserveAge(SortedDictionary<uint, AnalyticsDayRecord> days, uint last)
    {
        if (last < ObservedDays) return null;
        var month = days.Where(day => day.Key > last - ObservedDays && day.Key <= last && day.Value.HasStorage).Select(day => day.Value).ToList();
        if (month.Count < ObservedDays) return null;
        for (var group = 0; group < AgeGroups.Count; group++)
        {
            var older = month.SelectMany(day => day.Sums).Where(sum => sum.StorageClass == StorageClasses.Standard && sum.Group >= group && sum.Group < AgeGroups.Count).ToList();
            var stored = older.Sum(sum => (double)sum.Bytes) / ObservedDays;
            if (stored == 0) return null;
            if (older.Sum(sum => (double)sum.RetrievedBytes) < stored) return (uint)AgeGroups.FirstDayOf(group);
        }
        return null;
    }

    private static bool IsStable(SortedDictionary<uint, AnalyticsDayRecord> days, uint last)
    {
        for (var back = 1u; back < StableDays; back++)
        {
            if (!days.TryGetValue(last - back, out var day) || !day.HasObservedAge || day.ObservedAge != days[last].ObservedAge) return false;
        }
        return true;
    }

    private static IEnumerable<string> ClassesOf(AnalyticsDayRecord day) =>
        day.Sums.Select(sum => sum.StorageClass).Append(StorageClasses.Standard).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static void AppendNumbers(StringBuilder text, AnalyticsDayRecord day, string storageClass, int group)
    {
        var sums = day.Sums.Where(sum => sum.StorageClass == storageClass && (group == All || sum.Group == group)).ToList();
        text.Append(group == All ? "ALL" : AgeGroups.NameOf(group)).Append(',');
        text.Append(day.HasStorage ? Text(sums.Sum(sum => (double)sum.Objects)) : "").Append(',');
        text.Append(Megabytes(sums.Sum(sum => (double)sum.UploadedBytes))).Append(',');
        text.Append(day.HasStorage ? Megabytes(sums.Sum(sum => (double)sum.Bytes)) : "").Append(',');
        text.Append(Megabytes(sums.Sum(sum => (double)sum.RetrievedBytes))).Append(',');
        text.Append(Text(sums.Sum(sum => (double)sum.Requests)));
    }

    // Of the group and all that are older; of all ages, of everything.
    private static string RatioOf(AnalyticsDayRecord day, string storageClass, int group)
    {
        var older = day.Sums.Where(sum => sum.StorageClass == storageClass && (group == All || (sum.Group >= group && sum.Group < AgeGroups.Count))).ToList();
        var stored = older.Sum(sum => (double)sum.Bytes);
        return !day.HasStorage || stored == 0 ? "" : Text(older.Sum(sum => (double)sum.RetrievedBytes) / stored);
    }

    private static string FilterOf(AnalyticsRecord configuration)
    {
        var parts = new List<string>();
        if (configuration.HasPrefix) parts.Add("prefix=" + configuration.Prefix);
        parts.AddRange(configuration.Tags.Select(tag => $"tag:{tag.Name}={tag.Value}"));
        return string.Join(' ', parts);
    }

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static string Megabytes(double bytes) => Text(bytes / Megabyte);

    private static string Text(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);
}
