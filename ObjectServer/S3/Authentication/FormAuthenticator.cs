using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// Authenticates a browser's form by the signature over its policy. A form without any sign of a signature is anonymous; what
/// the policy allows is not looked at here. Source: S3 API reference, "Authenticating requests in browser-based uploads using POST".
/// </summary>
/// <param name="isV2Allowed">Whether forms that are signed by Signature Version 2 are taken.</param>
internal sealed class FormAuthenticator(ICredentialStore credentials, string region, bool isV2Allowed, TimeProvider time)
{
    private const string Service = "s3";
    private const string SessionToken = "x-amz-security-token";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    private readonly SigningKeyCache _signingKeys = new();

    public AuthenticationResult Authenticate(PostForm form)
    {
        if (form["x-amz-algorithm"] is not null || form["x-amz-credential"] is not null || form["x-amz-signature"] is not null) return AuthenticateV4(form);
        if (form["AWSAccessKeyId"] is not null || form["signature"] is not null) return AuthenticateV2(form);
        return form["policy"] is null ? AuthenticationResult.Anonymous : AuthenticationResult.Refused(FormErrors.MissingField("AWSAccessKeyId"));
    }

    private AuthenticationResult AuthenticateV4(PostForm form)
    {
        if (Missing(form, ["policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"]) is { } missing) return AuthenticationResult.Refused(missing);
        if (form["x-amz-algorithm"] is not SignatureClaim.Algorithm and var algorithm)
        {
            return AuthenticationResult.Refused(FormErrors.Field("x-amz-algorithm", algorithm, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\""));
        }
        var given = form["x-amz-credential"]!;
        var problem = CredentialScope.TryParse(given.AsMemory(), out var scope, out var malformed) ? CheckScope(scope) : malformed;
        if (problem is not null)
        {
            return AuthenticationResult.Refused(FormErrors.Field("x-amz-credential", given, "Error parsing the X-Amz-Credential parameter; " + problem));
        }
        var date = form["x-amz-date"]!;
        if (!DateTimeOffset.TryParseExact(date, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt)
            || !date.AsSpan(0, 8).SequenceEqual(scope.Date.Span))
        {
            return AuthenticationResult.Refused(FormErrors.Field("x-amz-date", date, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\", on the day of the credential"));
        }
        var found = credentials.Find(scope.AccessKey.Span, form[SessionToken]);
        if (found.Credential is not { } credential) return AuthenticationResult.Refused(AuthenticationErrors.Of(found.Fault, scope.AccessKey.Span));

        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_signingKeys.Get(credential, scope.Date.Span, region, Service), Encoding.UTF8.GetBytes(form["policy"]!), signature);
        return MatchesHex(signature, form["x-amz-signature"])
            ? Accepted(credential, SignatureClaim.Algorithm, signedAt)
            : AuthenticationResult.Refused(AuthenticationErrors.MismatchOfForm(credential.AccessKey, form["policy"]!, form["x-amz-signature"]!));
    }

    private AuthenticationResult AuthenticateV2(PostForm form)
    {
        if (Missing(form, ["policy", "AWSAccessKeyId", "signature"]) is { } missing) return AuthenticationResult.Refused(missing);
        var accessKey = form["AWSAccessKeyId"]!;
        var found = credentials.Find(accessKey, form[SessionToken]);
        if (found.Credential is not { } credential) return AuthenticationResult.Refused(AuthenticationErrors.Of(found.Fault, accessKey));
        if (!isV2Allowed) return AuthenticationResult.Refused(AuthenticationErrors.SignatureV2);
        return SignatureV2.Matches(credential, Encoding.UTF8.GetBytes(form["policy"]!), form["signature"])
            // It does not tell when it was signed.
            ? Accepted(credential, SignatureV2.Algorithm, time.GetUtcNow())
            : AuthenticationResult.Refused(AuthenticationErrors.MismatchOfForm(accessKey, form["policy"]!, form["signature"]!));
    }

    private AuthenticationResult Accepted(Credential credential, string algorithm, DateTimeOffset signedAt)
    {
        credentials.NoteUse(credential, Service, region);
        return AuthenticationResult.Accepted(credential.Principal, new SignatureUse(SignaturePlace.Form, algorithm, signedAt), PayloadSigning.Unsigned, null, null);
    }

    private static S3Error? Missing(PostForm form, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (form[name] is null) return FormErrors.MissingField(name);
        }
        return null;
    }

    private string? CheckScope(in CredentialScope scope) =>
        !scope.Region.Span.SequenceEqual(region) ? $"the region '{scope.Region}' is wrong; expecting '{region}'"
        : !scope.Service.Span.SequenceEqual(Service) ? $"incorrect service \"{scope.Service}\". This endpoint belongs to \"{Service}\"."
        : null;

    private static bool MatchesHex(ReadOnlySpan<byte> signature, string? claimed)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return claimed?.Length == SignatureClaim.SignatureLength
            && Convert.FromHexString(claimed, given, out _, out _) == OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(signature, given);
    }
}
