using ObjectStore.Server.Configuration;

namespace ObjectStore.ObjectServer.Tests.Configuration;

public sealed class EllipsisPatternTests
{
    [Theory]
    [InlineData("/data", "/data")]
    [InlineData("/d{1...3}", "/d1 /d2 /d3")]
    [InlineData("/d{08...11}", "/d08 /d09 /d10 /d11")]
    [InlineData("/d{9...11}/x", "/d9/x /d10/x /d11/x")]
    [InlineData("/sd{a...c}", "/sda /sdb /sdc")]
    [InlineData("/h{1...2}/d{a...b}", "/h1/da /h1/db /h2/da /h2/db")]
    [InlineData("/d{5...5}", "/d5")]
    public void Patterns_expand(string pattern, string expected)
    {
        EllipsisPattern.TryExpand(pattern, out var paths, out var problem).ShouldBeTrue(problem);
        paths.ShouldBe(expected.Split(' '));
    }

    [Theory]
    [InlineData("/d{1..3}")]
    [InlineData("/d{3...1}")]
    [InlineData("/d{c...a}")]
    [InlineData("/d{1...x}")]
    [InlineData("/d{...3}")]
    [InlineData("/d{1...}")]
    [InlineData("/d{}")]
    [InlineData("/d{1...3")]
    [InlineData("/d1...3}")]
    [InlineData("/d}1{")]
    [InlineData("/d{1...2000000000}")]
    [InlineData("/d{1...100}/{1...100}")]
    [InlineData("/d{-1...3}")]
    public void What_is_no_pattern_is_explained(string pattern)
    {
        EllipsisPattern.TryExpand(pattern, out _, out var problem).ShouldBeFalse();
        problem.ShouldNotBeNullOrEmpty();
    }
}
