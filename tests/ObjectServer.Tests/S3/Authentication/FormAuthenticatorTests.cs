using System.Security.Cryptography;
using System.Text;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;

namespace ObjectStore.ObjectServer.Tests.S3.Authentication;

public sealed class FormAuthenticatorTests
{
    private const string AccessKey = "AKIAIOSFODNN7EXAMPLE";
    private const string SecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    // AWS, "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)".
    private const string PublishedPolicy =
        "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwg"
        + "IiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25h"
        + "d3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQi"
        + "fSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwi"
        + "OiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRh"
        + "dGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";

    private static readonly DateTimeOffset Now = new(2015, 12, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly SessionStore _credentials = new();

    [Fact]
    public void The_published_form_is_accepted_and_fits_its_policy()
    {
        var form = Published(new("key", "user/user1/a.png"), new("acl", "public-read"), new("Content-Type", "image/png"));
        var result = Authenticate(form);
        result.Error.ShouldBeNull();
        _credentials.Uses.ShouldBe([AccessKey + " s3 us-east-1"]);
        result.Principal.Name.ShouldBe("somebody");
        result.Signature.ShouldBe(new SignatureUse(SignaturePlace.Form, "AWS4-HMAC-SHA256", new DateTimeOffset(2015, 12, 29, 0, 0, 0, TimeSpan.Zero)));
        var policy = PostPolicy.Parse(PublishedPolicy);
        policy.Check(form, "sigv4examplebucket", Now)!.Message!.ShouldContain("success_action_redirect");
        var whole = Published(
            new("key", "user/user1/a.png"), new("acl", "public-read"), new("Content-Type", "image/png"), new("x-amz-meta-uuid", "14365123651274"), new("x-amz-meta-tag", "any"),
            new("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"), new("x-amz-server-side-encryption", "AES256"));
        policy.Check(whole, "sigv4examplebucket", Now).ShouldBeNull();
    }

    [Fact]
    public void A_form_of_a_session_needs_its_token()
    {
        _credentials.Token = "the-token";
        Authenticate(Published()).Error!.Code.ShouldBe(S3ErrorCode.InvalidToken);
        _credentials.Uses.ShouldBeEmpty();
        Authenticate(Published(new FormField("x-amz-security-token", "another"))).Error!.Code.ShouldBe(S3ErrorCode.InvalidToken);
        Authenticate(Published(new FormField("x-amz-security-token", "the-token"))).Error.ShouldBeNull();
    }

    [Fact]
    public void Version_2_is_taken_only_where_asked_for()
    {
#pragma warning disable CA5350
        var signature = Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(SecretKey), Encoding.UTF8.GetBytes("cG9saWN5")));
#pragma warning restore CA5350
        var form = new PostForm([new("policy", "cG9saWN5"), new("AWSAccessKeyId", AccessKey), new("Signature", signature)], null);
        Authenticate(form, isV2Allowed: true).Signature.ShouldBe(new SignatureUse(SignaturePlace.Form, "AWS", Now));
        Authenticate(form).Error!.Message.ShouldBe("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
    }

    [Fact]
    public void A_form_without_any_sign_of_a_signature_is_nobodys() => Authenticate(new PostForm([new("key", "k")], null)).Principal.IsAnonymous.ShouldBeTrue();

    private static PostForm Published(params FormField[] fields) => new(
        [
            .. fields, new("policy", PublishedPolicy), new("X-Amz-Credential", AccessKey + "/20151229/us-east-1/s3/aws4_request"), new("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            new("X-Amz-Date", "20151229T000000Z"), new("X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"),
        ],
        null);

    private AuthenticationResult Authenticate(PostForm form, bool isV2Allowed = false) =>
        new FormAuthenticator(_credentials, "us-east-1", isV2Allowed, new FixedTime(Now)).Authenticate(form);

    /// <summary>One key, of a session if it has a token.</summary>
    private sealed class SessionStore : ICredentialStore
    {
        private readonly Credential _credential = new(AccessKey, SecretKey, new Principal(PrincipalKind.User, "123456789012", new string('a', 64), "somebody", "arn:aws:iam::123456789012:user/somebody"));

        public string? Token { get; set; }

        public List<string> Uses { get; } = [];

        public void NoteUse(Credential credential, string service, string region) => Uses.Add($"{credential} {service} {region}");

        public CredentialLookup Find(ReadOnlySpan<char> accessKey, string? sessionToken) =>
            !accessKey.SequenceEqual(AccessKey) ? CredentialFault.UnknownKey
            : (sessionToken ?? "") != (Token ?? "") ? CredentialFault.InvalidToken
            : _credential;
    }
}
