using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.S3.Cors;

public sealed class CorsDocumentTests
{
    private const string Rule = "<CORSRule><AllowedOrigin>https://app.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>";

    [Fact]
    public void A_document_comes_back_as_it_was_meant()
    {
        const string rules =
            "<CORSRule><ID>one</ID><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>https://*.app.test</AllowedOrigin>"
            + "<AllowedOrigin>*</AllowedOrigin><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>" + Canonical;
        var parsed = Parse($"<CORSConfiguration>{rules}</CORSConfiguration>");
        var output = new ArrayBufferWriter<byte>();
        CorsDocument.Write(output, parsed);
        var written = Encoding.UTF8.GetString(output.WrittenSpan);
        written.ShouldBe($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CORSConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rules}</CORSConfiguration>");
        Parse(written).Rules[0].MaxAgeSeconds.ShouldBe(3000);
    }

    [Theory]
    [InlineData("", S3ErrorCode.MalformedXML)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin></CORSRule>", S3ErrorCode.MalformedXML)]
    [InlineData("<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>", S3ErrorCode.MalformedXML)]
    [InlineData("<CORSRule><AllowedOrigin></AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>", S3ErrorCode.MalformedXML)]
    [InlineData("<CORSRule><Allowed>a</Allowed></CORSRule>", S3ErrorCode.MalformedXML)]
    [InlineData("<Rule/>", S3ErrorCode.MalformedXML)]
    [InlineData("<CORSRule><AllowedOrigin>a*b*c</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>", S3ErrorCode.InvalidRequest)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod></CORSRule>", S3ErrorCode.InvalidRequest)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>get</AllowedMethod></CORSRule>", S3ErrorCode.InvalidRequest)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>*x*</AllowedHeader></CORSRule>", S3ErrorCode.InvalidRequest)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>x y</AllowedHeader></CORSRule>", S3ErrorCode.InvalidRequest)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>x-*</ExposeHeader></CORSRule>", S3ErrorCode.InvalidRequest)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>x&#10;y: z</ExposeHeader></CORSRule>", S3ErrorCode.InvalidRequest)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule>", S3ErrorCode.MalformedXML)]
    [InlineData("<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>soon</MaxAgeSeconds></CORSRule>", S3ErrorCode.MalformedXML)]
    internal void Rules_that_nobody_can_mean_are_refused(string rules, S3ErrorCode code) =>
        Should.Throw<S3Exception>(() => Parse($"<CORSConfiguration>{rules}</CORSConfiguration>")).Error.Code.ShouldBe(code);

    [Fact]
    public void There_are_at_most_100_rules_with_short_names()
    {
        string Rules(int count) => $"<CORSConfiguration>{string.Concat(Enumerable.Repeat(Rule, count))}</CORSConfiguration>";
        Parse(Rules(100)).Rules.Count.ShouldBe(100);
        Should.Throw<S3Exception>(() => Parse(Rules(101))).Error.Code.ShouldBe(S3ErrorCode.InvalidRequest);
        string Named(int length) => $"<CORSConfiguration>{Rule.Replace("<CORSRule>", $"<CORSRule><ID>{new string('i', length)}</ID>", StringComparison.Ordinal)}</CORSConfiguration>";
        Parse(Named(255)).Rules[0].Id!.Length.ShouldBe(255);
        Should.Throw<S3Exception>(() => Parse(Named(256))).Error.Code.ShouldBe(S3ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData("*suffix", "foo.suffix", true)]
    [InlineData("*suffix", "foo.suffix.get", false)]
    [InlineData("start*end", "startend", true)]
    [InlineData("start*end", "start12end", true)]
    [InlineData("start*end", "0start12end", false)]
    [InlineData("start*tend", "startend", false)]
    [InlineData("prefix*", "prefix", true)]
    [InlineData("prefix*", "bla.prefix", false)]
    [InlineData("https://app.test", "https://app.test", true)]
    [InlineData("https://app.test", "http://app.test", false)]
    [InlineData("https://app.test", "https://APP.test", false)]
    [InlineData("*", "null", true)]
    public void An_origin_is_matched_with_one_wildcard(string pattern, string origin, bool isMatch) =>
        new CorsRule { AllowedOrigins = [pattern], AllowedMethods = ["GET"] }.Allows(origin, "GET").ShouldBe(isMatch);

    [Fact]
    public void The_first_rule_that_fits_decides()
    {
        var rules = new CorsConfiguration(
        [
            new CorsRule { Id = "put", AllowedOrigins = ["*"], AllowedMethods = ["PUT"], AllowedHeaders = ["Content-Type", "x-amz-*"] },
            new CorsRule { Id = "get", AllowedOrigins = ["a"], AllowedMethods = ["GET", "PUT"], AllowedHeaders = ["*"] },
        ]);
        rules.Find("a", "PUT", ["content-type", "X-Amz-Meta-A"])!.Id.ShouldBe("put");
        rules.Find("a", "PUT", ["content-type", "authorization"])!.Id.ShouldBe("get");
        rules.Find("b", "PUT", ["authorization"]).ShouldBeNull();
        rules.Find("b", "GET", []).ShouldBeNull();
        rules.Find("a", "HEAD", []).ShouldBeNull();
    }

    [Fact]
    public void Whatever_a_document_says_it_is_parsed_or_refused()
    {
        var pieces = Gen.Elements(
            "<CORSConfiguration>", "</CORSConfiguration>", "<CORSRule>", "</CORSRule>", "<AllowedOrigin>", "</AllowedOrigin>", "*", "<AllowedMethod>GET</AllowedMethod>", "<ID>", "</ID>",
            "<MaxAgeSeconds>", "</MaxAgeSeconds>", "99999999999", "-", "\u00e9", "\0", "<", "&amp;", "&x;", "<!DOCTYPE a [<!ENTITY x 'y'>]>", Rule, "<?x?>", "<!--", "-->", "<![CDATA[", "]]>");
        Prop.ForAll(pieces.ArrayOf().Select(string.Concat).ToArbitrary(), text =>
        {
            foreach (var document in new[] { text, $"<CORSConfiguration>{text}</CORSConfiguration>" })
            {
                try
                {
                    Parse(document).Rules.Count.ShouldBeInRange(1, CorsDocument.MaxRules);
                }
                catch (S3Exception refused)
                {
                    refused.Error.Code.ShouldBeOneOf(S3ErrorCode.MalformedXML, S3ErrorCode.InvalidRequest);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20260304, 7));
    }

    private const string Canonical = "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://app.test</AllowedOrigin></CORSRule>";

    private static CorsConfiguration Parse(string document) => CorsDocument.Parse(Encoding.UTF8.GetBytes(document));
}
