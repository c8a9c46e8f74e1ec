using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;

namespace ObjectStore.ObjectServer.Tests.S3.Forms;

public sealed class PostPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"bucket":"b"},["starts-with","$key","foo"]""", null)]
    [InlineData("""{"bUcKeT":"b"},["StArTs-WiTh","$KeY","foo"]""", null)]
    [InlineData("""["eq","$bucket","b"],{"key":"foo.txt"}""", null)]
    [InlineData("""["starts-with","$key",""],{"bucket":"b"},["starts-with","$x-amz-meta-absent",""]""", null)]
    [InlineData("""{"bucket":"other"},["starts-with","$key","foo"]""", "Policy Condition failed: [\"eq\", \"$bucket\", \"other\"]")]
    [InlineData("""{"bucket":"b"},["starts-with","$key","Foo"]""", "Policy Condition failed: [\"starts-with\",\"$key\",\"Foo\"]")]
    [InlineData("""{"bucket":"b"},["eq","$key","foo"]""", "Policy Condition failed: [\"eq\",\"$key\",\"foo\"]")]
    [InlineData("""{"bucket":"b"},["starts-with","$key",""],["eq","$x-amz-meta-absent","x"]""", "Policy Condition failed: [\"eq\",\"$x-amz-meta-absent\",\"x\"]")]
    [InlineData("""["starts-with","$key","foo"]""", "Extra input fields: bucket")]
    [InlineData("""{"bucket":"b"}""", "Extra input fields: key")]
    public void A_form_must_keep_every_condition_and_bring_no_more(string conditions, string? refusal)
    {
        var error = Check(conditions, new("key", "foo.txt"), new("policy", "x"), new("x-amz-signature", "x"), new("x-ignore-me", "x"), new("AWSAccessKeyId", "x"), new("Signature", "x"));
        error?.Code.ShouldBe(S3ErrorCode.AccessDenied);
        error?.Message.ShouldBe("Invalid according to Policy: " + refusal);
        (error is null).ShouldBe(refusal is null);
    }

    [Theory]
    [InlineData("image/gif", true)]
    [InlineData("image/gif,image/jpeg", true)]
    [InlineData("image/gif,text/html", false)]
    [InlineData("text/html,image/gif", false)]
    public void Each_of_a_list_of_types_has_to_begin_so(string type, bool isAllowed) =>
        (Check("""{"bucket":"b"},["starts-with","$Content-Type","image/"]""", new FormField("Content-Type", type)) is null).ShouldBe(isAllowed);

    [Fact]
    public void The_fields_of_a_signature_need_conditions_as_others_do_but_checksums_do_not()
    {
        foreach (var name in new[] { "x-amz-credential", "x-amz-date", "x-amz-algorithm", "x-amz-security-token", "acl", "success_action_status", "x-amz-meta-a", "tagging" })
            Check("""{"bucket":"b"}""", new FormField(name, "x"))!.Message.ShouldBe($"Invalid according to Policy: Extra input fields: {name}");
        Check("""{"bucket":"b"}""", new FormField("x-amz-checksum-sha256", "x")).ShouldBeNull();
    }

    [Fact]
    public void A_policy_expires()
    {
        var policy = Parse("""{"expiration":"2026-03-04T05:06:07.000Z","conditions":[{"bucket":"b"}]}""");
        var form = new PostForm([], null);
        policy.Check(form, "b", Now).ShouldBeNull();
        policy.Check(form, "b", Now.AddMilliseconds(1))!.Message.ShouldBe("Invalid according to Policy: Policy expired.");
    }

    [Fact]
    public void The_narrowest_range_of_lengths_counts()
    {
        var policy = Parse("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["content-length-range",1,100],["content-length-range","10","1000"]]}""");
        (policy.MinBytes, policy.MaxBytes).ShouldBe((10, 100));
        Parse("""{"expiration":"2026-03-05T00:00:00Z","conditions":[]}""").MaxBytes.ShouldBe(long.MaxValue);
    }

    [Theory]
    [InlineData("\\\\$foo", "\\$foo")]
    [InlineData("\\$foo", "$foo")]
    [InlineData("a\\vb", "a\vb")]
    [InlineData("\\u0041\\\"", "A\"")]
    public void A_dollar_sign_can_be_escaped(string json, string value) =>
        Check($$"""{"bucket":"b"},["eq","$key","{{json}}"]""", new FormField("key", value)).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z"}""")]
    [InlineData("""{"conditions":[]}""")]
    [InlineData("""{"EXPIRATION":"2026-03-05T00:00:00Z","conditions":[]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","CONDITIONS":[]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[],"conditions":[]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":{}}""")]
    [InlineData("""{"expiration":"2026-03-05 00:00:00.123456+00:00","conditions":[]}""")]
    [InlineData("""{"expiration":1772668800,"conditions":[]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[{}]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[{"a":"b","c":"d"}]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[{"a":1}]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":["a"]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["eq","key","a"]]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["eq","$","a"]]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["ends-with","$key","a"]]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["content-length-range",0]]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["content-length-range",-1,0]]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["content-length-range",2,1]]}""")]
    [InlineData("""{"expiration":"2026-03-05T00:00:00Z","conditions":[["content-length-range",0,1.5]]}""")]
    public void A_policy_that_is_none_is_refused(string json) =>
        Should.Throw<S3Exception>(() => Parse(json)).Error.Code.ShouldBe(S3ErrorCode.InvalidPolicyDocument);

    [Fact]
    public void Text_that_is_no_base64_is_refused() => Should.Throw<S3Exception>(() => PostPolicy.Parse("{}")).Error.Code.ShouldBe(S3ErrorCode.InvalidPolicyDocument);

    [Fact]
    public void Whatever_a_policy_says_it_is_parsed_or_refused()
    {
        var pieces = Gen.Elements(
            "{", "}", "[", "]", ",", ":", "\"expiration\":", "\"2026-03-05T00:00:00Z\"", "\"conditions\":", "\"eq\"", "\"starts-with\"", "\"content-length-range\"", "\"$key\"", "\"\"",
            "null", "true", "1e400", "-1", "99999999999999999999", "\\$", "\\", "\"", "\u00e9", "\0", "{\"bucket\":\"b\"}", "[\"eq\",\"$key\",\"\"]");
        Prop.ForAll(pieces.ArrayOf().Select(string.Concat).ToArbitrary(), text =>
        {
            foreach (var json in new[] { text, $$"""{"expiration":"2026-03-05T00:00:00Z","conditions":[{{text}}]}""" })
            {
                try
                {
                    Parse(json).Check(new PostForm([new("key", "k")], null), "b", Now)?.Code.ShouldBe(S3ErrorCode.AccessDenied);
                }
                catch (S3Exception refused)
                {
                    refused.Error.Code.ShouldBe(S3ErrorCode.InvalidPolicyDocument);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithReplay(20260304, 3));
    }

    private static S3Error? Check(string conditions, params FormField[] fields) =>
        Parse($$"""{"expiration":"2026-03-05T00:00:00Z","conditions":[{{conditions}}]}""").Check(new PostForm(fields, null), "b", Now);

    private static PostPolicy Parse(string json) => PostPolicy.Parse(Convert.ToBase64String(Encoding.UTF8.GetBytes(json)));
}
