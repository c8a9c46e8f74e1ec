using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Tests.S3.Wire;

public class PreconditionsTests
{
    private const string Before = "Sat, 01 Jun 2024 11:59:59 GMT";
    private const string Same = "Sat, 01 Jun 2024 12:00:00 GMT";
    private static readonly DateTimeOffset Modified = new(2024, 6, 1, 12, 0, 0, 400, TimeSpan.Zero);

    [Theory]
    [InlineData("\"abc\"", null, null, null, "Proceed")]
    [InlineData("abc", null, null, null, "Proceed")]
    [InlineData("*", null, null, null, "Proceed")]
    [InlineData("\"x\", \"ABC\"", null, null, null, "Proceed")]
    [InlineData("\"x\"", null, null, null, "Failed")]
    [InlineData(null, "\"abc\"", null, null, "NotModified")]
    [InlineData(null, "*", null, null, "NotModified")]
    [InlineData(null, "\"x\"", null, null, "Proceed")]
    [InlineData(null, null, Same, null, "NotModified")]
    [InlineData(null, null, Before, null, "Proceed")]
    [InlineData(null, null, null, Same, "Proceed")]
    [InlineData(null, null, null, Before, "Failed")]
    [InlineData("\"abc\"", null, null, Before, "Proceed")]
    [InlineData(null, "\"abc\"", Before, null, "NotModified")]
    [InlineData(null, "\"x\"", Same, null, "Proceed")]
    [InlineData("\"x\"", "\"abc\"", null, null, "Failed")]
    [InlineData(null, null, "nonsense", "nonsense", "Proceed")]
    public void Conditions_follow_the_precedence_of_rfc_9110(string? match, string? noneMatch, string? since, string? unmodified, string expected) =>
        new Preconditions(match, noneMatch, since, unmodified).Evaluate("abc", Modified).ToString().ShouldBe(expected);
}
