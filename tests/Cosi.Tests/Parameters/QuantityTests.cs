using ObjectStore.Cosi.Parameters;

namespace ObjectStore.Cosi.Tests.Parameters;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("500", 500)]
    [InlineData("1k", 1000)]
    [InlineData("1Ki", 1024)]
    [InlineData("10Gi", 10L << 30)]
    [InlineData("2T", 2_000_000_000_000)]
    [InlineData("1.5Gi", 3L << 29)]
    [InlineData("7Ei", 7L << 60)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Bytes_are_read_as_Kubernetes_writes_them(string text, long bytes)
    {
        Quantity.TryParseBytes(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Gi")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("1GB")]
    [InlineData("1 Gi")]
    [InlineData("0.3")]
    [InlineData("8Ei")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999Ei")]
    [InlineData("1,000")]
    public void What_is_no_number_of_bytes_is_not_taken(string text) => Quantity.TryParseBytes(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("12h", 43_200)]
    [InlineData("30d", 2_592_000)]
    public void Times_are_read(string text, long seconds)
    {
        Quantity.TryParseDuration(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(TimeSpan.FromSeconds(seconds));
        Quantity.Format(parsed).ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("10")]
    [InlineData("1h30m")]
    [InlineData("-1h")]
    [InlineData("1w")]
    [InlineData("99999999999d")]
    [InlineData("2147483647d")]
    [InlineData("10675200d")]
    public void What_is_no_time_is_not_taken(string text) => Quantity.TryParseDuration(text, out _).ShouldBeFalse();
}
