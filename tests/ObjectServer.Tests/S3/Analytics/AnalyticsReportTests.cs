using ObjectStore.Metadata.Schema;
using ObjectStore.Server.S3.Analytics;

namespace ObjectStore.Server.Tests.S3.Analytics;

public sealed class AnalyticsReportTests
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    private static AnalyticsSumRecord Sum(uint group, long megabytes, long retrieved = 0) => new()
    {
        StorageClass = "STANDARD", Group = group, Objects = 1, Bytes = (ulong)megabytes << 20, RetrievedBytes = (ulong)retrieved << 20, Requests = retrieved > 0 ? 1u : 0,
    };

    private static SortedDictionary<uint, AnalyticsDayRecord> Days(int count, params AnalyticsSumRecord[] sums)
    {
        var days = new SortedDictionary<uint, AnalyticsDayRecord>();
        for (var day = 100u; day < 100 + count; day++) days[day] = new AnalyticsDayRecord { HasStorage = true, Sums = { sums.Select(sum => sum.Clone()) } };
        return days;
    }

    [Theory]
    [InlineData(0, 0, 128 << 10)]
    [InlineData(14, 0, 1 << 20)]
    [InlineData(15, 1, 1 << 20)]
    [InlineData(29, 1, 1 << 20)]
    [InlineData(89, 5, 1 << 20)]
    [InlineData(90, 6, 1 << 20)]
    [InlineData(364, 9, 1 << 20)]
    [InlineData(729, 10, 1 << 20)]
    [InlineData(730, 11, 1 << 20)]
    [InlineData(5000, 11, 1 << 20)]
    [InlineData(5000, 12, (128 << 10) - 1)]
    public void Objects_are_parted_by_age_and_small_ones_apart(int ageDays, int group, long lengthBytes) =>
        AgeGroups.Of(lengthBytes, Epoch, Epoch + TimeSpan.FromDays(ageDays) + TimeSpan.FromHours(23), TimeSpan.FromDays(1)).ShouldBe((byte)group);

    [Fact]
    public void The_observed_age_is_where_a_byte_is_read_less_than_once_a_month()
    {
        // 10 MB of the youngest group are read whole every day, 10 MB of the third once in the month, and older ones never.
        var days = Days(30, Sum(0, 10, retrieved: 10), Sum(2, 10), Sum(5, 30));
        days[105].Sums[1].RetrievedBytes = 10 << 20;
        AnalyticsReport.ObserveAge(days, 129).ShouldBe(15u, "all that are 15 days old and more: 10 MB read of 40");
        AnalyticsReport.ObserveAge(Days(30, Sum(0, 10, retrieved: 1)), 129).ShouldBeNull("every age is read often enough");
        AnalyticsReport.ObserveAge(Days(30, Sum(0, 10)), 129).ShouldBe(0u);
    }

    [Fact]
    public void Nothing_is_observed_before_a_month_of_days_or_without_objects()
    {
        AnalyticsReport.ObserveAge(Days(29, Sum(0, 10)), 128).ShouldBeNull();
        AnalyticsReport.ObserveAge(Days(30, Sum(12, 10)), 129).ShouldBeNull("small objects are not worth it");
        var gap = Days(30, Sum(0, 10));
        gap[110].HasStorage = false;
        AnalyticsReport.ObserveAge(gap, 129).ShouldBeNull();
    }

    [Fact]
    public void An_age_is_recommended_when_it_has_been_observed_for_a_week()
    {
        var days = Days(8, Sum(0, 10));
        foreach (var (number, day) in days) day.ObservedAge = number == 100 ? 15u : 30u;
        var totals = AnalyticsReport.Write(new AnalyticsRecord { Id = "all" }, days, day => Epoch.AddDays(day)).Split('\n').Where(line => line.Contains(",ALL,", StringComparison.Ordinal)).ToList();
        totals.Count.ShouldBe(8);
        totals[6].ShouldEndWith(",30,");
        totals[7].ShouldEndWith(",30,30");
        totals[0].ShouldEndWith(",15,");
    }

    [Fact]
    public void Rows_are_by_age_then_date_with_the_totals_at_the_end_and_ratios_of_the_age_and_older()
    {
        var days = Days(2, Sum(0, 10, retrieved: 5), Sum(11, 30, retrieved: 5), Sum(12, 1, retrieved: 1));
        days[101].HasStorage = false;
        var lines = AnalyticsReport.Write(new AnalyticsRecord { Id = "x", Prefix = "a,b" }, days, day => Epoch.AddDays(day)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe(AnalyticsReport.Header);
        lines.Length.ShouldBe(1 + (13 * 2));
        lines[1].ShouldBe("04-11-1970,x,\"prefix=a,b\",STANDARD,000-014,1,0,10,5,1,0.25,,");
        lines[2].ShouldBe("04-12-1970,x,\"prefix=a,b\",STANDARD,000-014,,0,,5,1,,,");
        lines[23].ShouldBe("04-11-1970,x,\"prefix=a,b\",STANDARD,730+,1,0,30,5,1,0.166667,,");
        lines[25].ShouldBe("04-11-1970,x,\"prefix=a,b\",STANDARD,ALL,3,0,41,11,3,0.268293,,");
    }
}
