using static ObjectStore.Server.Tests.Policies.PolicyBench;

namespace ObjectStore.Server.Tests.Policies;

/// <summary>IAM User Guide, "IAM policy elements: Variables and tags".</summary>
public class VariableTests
{
    [Theory]
    [InlineData("${aws:username}", "bob", true)]
    [InlineData("${AWS:UserName}/*", "bob/x", true)]
    [InlineData("${aws:username}", "alice", false)]
    [InlineData("home/${aws:username}/*", "home/bob/x/y", true)]
    [InlineData("home/${aws:username}/*", "home/bobby/x", false)]
    [InlineData("${aws:username}${aws:username}", "bobbob", true)]
    [InlineData("*/${aws:username}/?", "a/b/bob/c", true)]
    [InlineData("${aws:PrincipalTag/team}/x", "blue/x", true)]
    [InlineData("${aws:PrincipalTag/none}/x", "blue/x", false)]
    [InlineData("${aws:PrincipalTag/none, 'all'}/x", "all/x", true)]
    [InlineData("${aws:PrincipalTag/none,'a}b'}/x", "a}b/x", true)]
    [InlineData("${aws:PrincipalTag/team, 'all'}/x", "all/x", false)]
    [InlineData("${*}", "*", true)]
    [InlineData("${*}", "x", false)]
    [InlineData("${$}{aws:username}", "${aws:username}", true)]
    [InlineData("${aws:wild}", "*", true)]
    [InlineData("${aws:wild}", "x", false)]
    [InlineData("${aws:wild}*", "xx", false)]
    [InlineData("${aws:many}", "a", false)]
    public void A_variable_stands_for_the_request_s_value(string pattern, string key, bool allowed)
    {
        var policy = Identity($$"""{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/{{pattern}}"}""");
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/" + key, new([policy]), keys: Keys()).IsAllowed.ShouldBe(allowed);
    }

    [Theory]
    [InlineData("StringEquals", "${aws:username}", "bob", true)]
    [InlineData("StringEquals", "${aws:wild}", "anything", false)]
    [InlineData("StringLike", "${aws:username}*", "bobby", true)]
    [InlineData("StringLike", "${aws:wild}", "anything", false)]
    [InlineData("StringEqualsIgnoreCase", "${aws:username}", "BOB", true)]
    [InlineData("ArnLike", "${aws:arn}", "arn:aws:iam::111111111111:user/bob", true)]
    [InlineData("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/bob", true)]
    [InlineData("StringEquals", "${aws:none}", "", false)]
    [InlineData("StringNotEquals", "${aws:none}", "x", false)]
    [InlineData("StringNotEquals", "${aws:none, 'y'}", "x", true)]
    public void Variables_stand_in_conditions_on_text(string @operator, string wanted, string found, bool allowed)
    {
        var policy = Identity($$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"{{@operator}}":{"aws:key":"{{wanted}}" } } }""");
        var keys = Keys();
        keys["aws:key"] = [found];
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([policy]), keys: keys).IsAllowed.ShouldBe(allowed);
    }

    [Fact]
    public void A_variable_without_value_never_widens_what_is_allowed_nor_narrows_what_is_denied()
    {
        var all = Identity("""{"Effect":"Allow","Action":"*","Resource":"*"}""");
        var allow = Identity("""{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b/${aws:none}"}""");
        var deny = Identity("""{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::b/${aws:none}"}""");
        var denyUnlike = Identity("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:username":"${aws:none}"}}}""");
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([allow])).IsAllowed.ShouldBeFalse();
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([all, deny])).IsAllowed.ShouldBeFalse();
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([all, denyUnlike]), keys: Keys()).IsAllowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("${}")]
    [InlineData("${username}")]
    [InlineData("${aws:username")]
    [InlineData("${aws:user*}")]
    [InlineData("${aws:none, all}")]
    [InlineData("${aws:none, 'a'b'}")]
    [InlineData("${aws:${aws:username}}")]
    public void A_malformed_variable_is_refused(string pattern) =>
        ErrorOf(Document($$"""{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/{{pattern}}"}"""), Server.Policies.PolicyType.Identity).ShouldNotBeNull();

    private static Keys Keys() => new()
    {
        ["aws:username"] = ["bob"],
        ["aws:PrincipalTag/team"] = ["blue"],
        ["aws:wild"] = ["*"],
        ["aws:many"] = ["a", "b"],
        ["aws:arn"] = ["arn:aws:iam::111111111111:user/bob"],
    };
}
