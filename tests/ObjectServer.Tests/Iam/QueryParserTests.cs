using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.Iam;

namespace ObjectStore.ObjectServer.Tests.Iam;

public sealed class QueryParserTests
{
    [Fact]
    public void Names_values_lists_and_tags_are_read()
    {
        var request = QueryParser.Parse("Action=TagUser&Version=2010-05-08&Path=%2Fa%2F&Tags.member.1.Key=a+b&Tags.member.1.Value=%C3%A9&Tags.member.2.Key=c&L.member.1=x&L.member.2=y&L.member.4=z"u8).ShouldNotBeNull();
        request.Action.ShouldBe("TagUser");
        request["Path"].ShouldBe("/a/");
        request.Tags().ShouldBe([new IdentityTag("a b", "\u00e9"), new IdentityTag("c", "")]);
        request.List("L").ShouldBe(["x", "y"]);
    }

    [Theory]
    [InlineData("a=1&a=2")]
    [InlineData("a=%")]
    [InlineData("a=%zz")]
    [InlineData("%ff=1")]
    public void What_can_be_read_in_two_ways_or_none_is_no_form(string form) => QueryParser.Parse(form).ShouldBeNull();

    [Fact]
    public void There_is_a_bound_on_parameters() =>
        QueryParser.Parse(string.Join('&', Enumerable.Range(0, QueryParser.MaxParameters + 1).Select(i => $"p{i}=x"))).ShouldBeNull();

    [Fact]
    public void Any_bytes_are_a_form_or_none()
    {
        var pieces = Gen.Elements("&", "=", "%", "%41", "%f", "+", "Action", "a.member.1", "\u00e9", "\0", "Tags.member.1.Key", "Version=x");
        var bytes = Gen.OneOf(
            Gen.ListOf(pieces).Select(list => System.Text.Encoding.UTF8.GetBytes(string.Concat(list))),
            ArbMap.Default.GeneratorFor<byte[]>());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(bytes.ToArbitrary(), form =>
        {
            var request = QueryParser.Parse(form);
            if (request is null) return true;
            return request.List("a").Count >= 0 && request.Tags().Count >= 0;
        }));
    }
}
