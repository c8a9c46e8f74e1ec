using System.Text;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Tests.S3.Wire;

public class TimestampsTests
{
    [Fact]
    public void Iso_8601_equals_the_library_for_random_times()
    {
        var random = new Random(7);
        var buffer = new byte[Timestamps.Iso8601Bytes];
        for (var i = 0; i < 2000; i++)
        {
            var time = new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks), TimeSpan.Zero);
            Timestamps.WriteIso8601(time, buffer);
            Encoding.ASCII.GetString(buffer).ShouldBe(time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    public void All_three_forms_of_http_date_parse(string text)
    {
        Timestamps.TryParseHttpDate(text, out var value).ShouldBeTrue();
        value.ShouldBe(new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero));
        Timestamps.HttpDate(value).ShouldBe("Sun, 06 Nov 1994 08:49:37 GMT");
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 +0200")]
    public void Anything_else_is_no_date(string text) => Timestamps.TryParseHttpDate(text, out _).ShouldBeFalse();
}
