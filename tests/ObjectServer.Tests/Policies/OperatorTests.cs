using ObjectStore.Server.Policies;
using static ObjectStore.Server.Tests.Policies.PolicyBench;

namespace ObjectStore.Server.Tests.Policies;

/// <summary>IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or values".</summary>
public class OperatorTests
{
    [Theory]
    [InlineData("StringEquals", "\"a\"", "a", true)]
    [InlineData("StringEquals", "\"a\"", "A", false)]
    [InlineData("StringEquals", "[\"a\",\"b\"]", "b", true)]
    [InlineData("StringEquals", "\"a*\"", "ab", false)]
    [InlineData("StringEquals", "\"a*\"", "a*", true)]
    [InlineData("StringNotEquals", "\"a\"", "b", true)]
    [InlineData("StringNotEquals", "[\"a\",\"b\"]", "b", false)]
    [InlineData("StringEqualsIgnoreCase", "\"aé\"", "AÉ", true)]
    [InlineData("StringNotEqualsIgnoreCase", "\"a\"", "A", false)]
    [InlineData("StringLike", "\"a*\"", "abc", true)]
    [InlineData("StringLike", "\"a*\"", "a", true)]
    [InlineData("StringLike", "\"a?c\"", "abc", true)]
    [InlineData("StringLike", "\"a?c\"", "ac", false)]
    [InlineData("StringLike", "\"*a*b*\"", "xxaxxbxx", true)]
    [InlineData("StringLike", "\"*a*b*\"", "xxbxxaxx", false)]
    [InlineData("StringLike", "\"*ab\"", "aab", true)]
    [InlineData("StringLike", "\"ab*ba\"", "aba", false)]
    [InlineData("StringLike", "\"A*\"", "abc", false)]
    [InlineData("StringLike", "\"\"", "", true)]
    [InlineData("StringLike", "\"a${*}c\"", "a*c", true)]
    [InlineData("StringLike", "\"a${*}c\"", "abc", false)]
    [InlineData("StringLike", "\"a${?}${$}\"", "a?$", true)]
    [InlineData("StringNotLike", "\"a*\"", "abc", false)]
    [InlineData("StringNotLike", "\"a*\"", "b", true)]
    [InlineData("NumericEquals", "\"10\"", "10.0", true)]
    [InlineData("NumericEquals", "10", "10", true)]
    [InlineData("NumericEquals", "10", "ten", false)]
    [InlineData("NumericNotEquals", "10", "11", true)]
    [InlineData("NumericNotEquals", "10", "10", false)]
    [InlineData("NumericLessThan", "10", "9", true)]
    [InlineData("NumericLessThan", "10", "10", false)]
    [InlineData("NumericLessThanEquals", "10", "10", true)]
    [InlineData("NumericGreaterThan", "10", "-11", false)]
    [InlineData("NumericGreaterThan", "10", "11", true)]
    [InlineData("NumericGreaterThanEquals", "1.5", "1.5", true)]
    [InlineData("DateEquals", "\"2026-01-01T00:00:00Z\"", "2026-01-01T01:00:00+01:00", true)]
    [InlineData("DateEquals", "\"2026-01-01\"", "1767225600", true)]
    [InlineData("DateNotEquals", "\"2026-01-01\"", "2026-01-02", true)]
    [InlineData("DateLessThan", "\"2026-01-01T00:00:00Z\"", "2025-12-31T23:59:59.999Z", true)]
    [InlineData("DateLessThan", "\"2026-01-01T00:00:00Z\"", "2026-01-01T00:00:00Z", false)]
    [InlineData("DateLessThanEquals", "1767225600", "2026-01-01T00:00:00Z", true)]
    [InlineData("DateGreaterThan", "\"2026-01-01T00:00:00Z\"", "2026-01-01T00:00:01Z", true)]
    [InlineData("DateGreaterThanEquals", "\"2026-01-01T00:00:00Z\"", "2025-01-01T00:00:01Z", false)]
    [InlineData("DateGreaterThan", "\"2026-01-01T00:00:00Z\"", "never", false)]
    [InlineData("Bool", "\"true\"", "true", true)]
    [InlineData("Bool", "true", "true", true)]
    [InlineData("Bool", "\"True\"", "true", true)]
    [InlineData("Bool", "false", "true", false)]
    [InlineData("Bool", "true", "yes", false)]
    [InlineData("BinaryEquals", "\"QmluYXJ5\"", "QmluYXJ5", true)]
    [InlineData("BinaryEquals", "\"QmluYXJ5\"", "QmluYXJ6", false)]
    [InlineData("BinaryEquals", "\"QmluYXJ5\"", "not base64!", false)]
    [InlineData("IpAddress", "\"203.0.113.0/24\"", "203.0.113.255", true)]
    [InlineData("IpAddress", "\"203.0.113.0/24\"", "203.0.114.0", false)]
    [InlineData("IpAddress", "\"203.0.113.7/24\"", "203.0.113.1", true)]
    [InlineData("IpAddress", "\"203.0.113.7\"", "203.0.113.7", true)]
    [InlineData("IpAddress", "\"0.0.0.0/0\"", "8.8.8.8", true)]
    [InlineData("IpAddress", "\"0.0.0.0/0\"", "::1", false)]
    [InlineData("IpAddress", "\"2001:db8::/32\"", "2001:db8:1::5", true)]
    [InlineData("IpAddress", "\"2001:DB8:0:0::/64\"", "2001:db8:0:1::", false)]
    [InlineData("IpAddress", "\"203.0.113.0/24\"", "::ffff:203.0.113.9", true)]
    [InlineData("IpAddress", "\"::ffff:203.0.113.0/120\"", "203.0.113.9", true)]
    [InlineData("IpAddress", "\"203.0.113.0/24\"", "203.0.113.0/24", false)]
    [InlineData("IpAddress", "\"203.0.113.0/24\"", "0xcb007101", false)]
    [InlineData("NotIpAddress", "\"203.0.113.0/24\"", "203.0.114.0", true)]
    [InlineData("NotIpAddress", "[\"203.0.113.0/24\",\"203.0.114.0/24\"]", "203.0.114.0", false)]
    [InlineData("ArnEquals", "\"arn:aws:sns:*:111111111111:topic\"", "arn:aws:sns:eu-west-1:111111111111:topic", true)]
    [InlineData("ArnLike", "\"arn:aws:sns:*:111111111111:topic\"", "arn:aws:sns:a:b:111111111111:topic", false)]
    [InlineData("ArnLike", "\"arn:aws:sns:*:*:t*c\"", "arn:aws:sns:eu:1:to:p:ic", true)]
    [InlineData("ArnLike", "\"arn:aws:s3:::b/?\"", "arn:aws:s3:::b/x", true)]
    [InlineData("ArnLike", "\"arn:*:*:*:*:*\"", "arn:aws:s3:::b", true)]
    [InlineData("ArnLike", "\"arn:*:*:*:*:*\"", "arn:aws:s3", false)]
    [InlineData("ArnLike", "\"*\"", "anything", true)]
    [InlineData("ArnNotEquals", "\"arn:aws:s3:::b\"", "arn:aws:s3:::c", true)]
    [InlineData("ArnNotLike", "\"arn:aws:s3:::b*\"", "arn:aws:s3:::bc", false)]
    [InlineData("Null", "\"true\"", "x", false)]
    [InlineData("Null", "\"false\"", "x", true)]
    [InlineData("Null", "[\"true\",\"false\"]", "x", true)]
    [InlineData("StringEquals", "[]", "x", false)]
    [InlineData("StringNotEquals", "[]", "x", true)]
    public void A_value_fits_or_does_not(string @operator, string wanted, string found, bool holds) =>
        Holds(@operator, wanted, found).ShouldBe(holds);

    [Theory]
    [InlineData("StringEquals", "\"a\"", false)]
    [InlineData("StringNotEquals", "\"a\"", true)]
    [InlineData("StringLike", "\"*\"", false)]
    [InlineData("StringNotLike", "\"a\"", true)]
    [InlineData("NumericNotEquals", "1", true)]
    [InlineData("NumericLessThan", "1", false)]
    [InlineData("DateNotEquals", "1", true)]
    [InlineData("Bool", "\"false\"", false)]
    [InlineData("BinaryEquals", "\"\"", false)]
    [InlineData("IpAddress", "\"0.0.0.0/0\"", false)]
    [InlineData("NotIpAddress", "\"0.0.0.0/0\"", true)]
    [InlineData("ArnLike", "\"*\"", false)]
    [InlineData("ArnNotEquals", "\"arn:aws:s3:::b\"", true)]
    [InlineData("Null", "\"true\"", true)]
    [InlineData("Null", "\"false\"", false)]
    [InlineData("StringEqualsIfExists", "\"a\"", true)]
    [InlineData("StringNotEqualsIfExists", "\"a\"", true)]
    [InlineData("BoolIfExists", "true", true)]
    [InlineData("IpAddressIfExists", "\"10.0.0.0/8\"", true)]
    [InlineData("ForAllValues:StringEquals", "\"a\"", true)]
    [InlineData("ForAllValues:StringNotEquals", "\"a\"", true)]
    [InlineData("ForAnyValue:StringEquals", "\"a\"", false)]
    [InlineData("ForAnyValue:StringNotEquals", "\"a\"", false)]
    [InlineData("ForAnyValue:StringEqualsIfExists", "\"a\"", true)]
    public void Without_the_key_only_negated_and_lenient_operators_hold(string @operator, string wanted, bool holds) =>
        Holds(@operator, wanted).ShouldBe(holds);

    [Theory]
    [InlineData("ForAllValues:StringEquals", "[\"a\",\"b\"]", "a b", true)]
    [InlineData("ForAllValues:StringEquals", "[\"a\",\"b\"]", "a c", false)]
    [InlineData("ForAllValues:StringNotEquals", "[\"a\",\"b\"]", "c d", true)]
    [InlineData("ForAllValues:StringNotEquals", "[\"a\",\"b\"]", "a c", false)]
    [InlineData("ForAnyValue:StringEquals", "[\"a\",\"b\"]", "a c", true)]
    [InlineData("ForAnyValue:StringEquals", "[\"a\",\"b\"]", "c d", false)]
    [InlineData("ForAnyValue:StringNotEquals", "[\"a\",\"b\"]", "a c", true)]
    [InlineData("ForAnyValue:StringNotEquals", "[\"a\",\"b\"]", "a b", false)]
    [InlineData("ForAnyValue:StringLike", "\"a*\"", "b ab", true)]
    [InlineData("ForAllValues:StringLike", "\"a*\"", "ab ac", true)]
    [InlineData("ForAllValues:StringEqualsIfExists", "\"a\"", "a b", false)]
    [InlineData("StringEquals", "\"a\"", "b a", true)]
    [InlineData("StringNotEquals", "\"a\"", "b a", false)]
    public void A_key_with_several_values_is_asked_by_the_set_operator(string @operator, string wanted, string found, bool holds) =>
        Holds(@operator, wanted, found.Split(' ')).ShouldBe(holds);

    [Fact]
    public void Keys_know_no_case_and_all_of_them_have_to_hold()
    {
        var policy = Identity("""
            {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"AWS:Key":"1","aws:other":"2"},"Bool":{"aws:secure":"true"}}}
            """);
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([policy]), keys: new() { ["aws:key"] = ["1"], ["aws:OTHER"] = ["2"], ["aws:Secure"] = ["true"] }).IsAllowed.ShouldBeTrue();
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([policy]), keys: new() { ["aws:key"] = ["1"], ["aws:OTHER"] = ["3"], ["aws:Secure"] = ["true"] }).IsAllowed.ShouldBeFalse();
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([policy]), keys: new() { ["aws:key"] = ["1"], ["aws:OTHER"] = ["2"], ["aws:Secure"] = ["false"] }).IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void Keys_are_asked_only_when_the_rest_of_a_statement_matches()
    {
        var policy = Identity("""
            [{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"aws:one":"1"}}},
             {"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::other","Condition":{"StringEquals":{"aws:two":"1"}}},
             {"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"aws:three":"1"}}}]
            """);
        var keys = new Keys { ["aws:three"] = ["1"] };
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([policy]), keys: keys).IsAllowed.ShouldBeTrue();
        keys.Asked.ShouldBe(["aws:three"]);
    }

    [Theory]
    [InlineData("aws:SourceIp", "aws:sourceip", null)]
    [InlineData("s3:ExistingObjectTag/Team/X", "s3:existingobjecttag", "Team/X")]
    [InlineData("localhost:8080/auth/realms/Demo:app_id", "localhost:8080/auth/realms/demo:app_id", null)]
    public void A_key_has_a_name_and_may_have_a_tag(string text, string name, string? qualifier)
    {
        var key = new ConditionKey(text);
        (key.Name, key.Qualifier, key.Text).ShouldBe((name, qualifier, text));
    }

    private static bool Holds(string @operator, string wanted, params string[] found)
    {
        var policy = Identity($$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"{{@operator}}":{"aws:key":{{wanted}} } } }""");
        return Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", new([policy]), keys: new() { ["aws:key"] = found }).IsAllowed;
    }
}
