using System.Globalization;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// Authenticates requests of old clients by AWS Signature Version 2, in the Authorization header or in the query.
/// Only where the operator asked for it: its signatures cover less than those of version 4.
/// </summary>
internal sealed class SignatureV2Authenticator(ICredentialStore credentials, string region, TimeProvider time)
{
    private const string AccessKeyParameter = "AWSAccessKeyId";
    private const string SignatureParameter = "Signature";
    private const string SessionToken = "x-amz-security-token";
    private const string ExpiresParameter = "Expires";

    /// <summary>Whether the query carries a signature of version 2, whole or in part.</summary>
    public static bool IsPresigned(S3Query query) => query.Raw.Length > 0 && (query.Contains(AccessKeyParameter) || query.Contains(SignatureParameter));

    /// <param name="header">"AWS ACCESSKEY:SIGNATURE".</param>
    public AuthenticationResult AuthenticateHeader(AuthenticationRequest request, string header)
    {
        var claim = header.AsSpan(SignatureV2.Algorithm.Length).Trim();
        var colon = claim.LastIndexOf(':');
        if (colon <= 0) return AuthenticationResult.Refused(AuthenticationErrors.UnknownMechanism(header));
        if (!TryReadTime(request, out var requestTime, out var date)) return AuthenticationResult.Refused(AuthenticationErrors.NoDate);
        var found = credentials.Find(claim[..colon], SessionTokenOf(request));
        if (found.Credential is not { } credential) return AuthenticationResult.Refused(AuthenticationErrors.Of(found.Fault, claim[..colon]));
        var now = time.GetUtcNow();
        var skew = SignatureV4Authenticator.MaxSkew;
        if ((requestTime - now).Duration() > skew) return AuthenticationResult.Refused(AuthenticationErrors.Skewed(requestTime, now, skew));
        return Verify(request, credential, date, claim[(colon + 1)..], new SignatureUse(SignaturePlace.Header, SignatureV2.Algorithm, requestTime));
    }

    public AuthenticationResult AuthenticatePresigned(AuthenticationRequest request)
    {
        var accessKey = request.Query[AccessKeyParameter];
        var signature = request.Query[SignatureParameter];
        var expires = request.Query[ExpiresParameter];
        if (accessKey is null || signature is null || expires is null) return AuthenticationResult.Refused(AuthenticationErrors.MissingQueryParametersV2);
        if (!long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return AuthenticationResult.Refused(AuthenticationErrors.InvalidExpires(expires));
        }
        var found = credentials.Find(accessKey, SessionTokenOf(request));
        if (found.Credential is not { } credential) return AuthenticationResult.Refused(AuthenticationErrors.Of(found.Fault, accessKey));
        var now = time.GetUtcNow();
        var expiry = DateTimeOffset.FromUnixTimeSeconds(seconds);
        if (now > expiry) return AuthenticationResult.Refused(AuthenticationErrors.Expired(expiry, null, now));
        // It does not tell when it was signed.
        return Verify(request, credential, expires, signature, new SignatureUse(SignaturePlace.Query, SignatureV2.Algorithm, now));
    }

    private AuthenticationResult Verify(
        AuthenticationRequest request, Credential credential, string date, ReadOnlySpan<char> claimed, SignatureUse use)
    {
        var toSign = new CanonicalBuffer(stackalloc byte[1024]);
        try
        {
            S3Error? error = null;
            foreach (var path in SignatureV2.PathsOf(request))
            {
                toSign.Clear();
                SignatureV2.WriteStringToSign(ref toSign, request, date, path);
                if (SignatureV2.Matches(credential, toSign.Written, claimed))
                {
                    credentials.NoteUse(credential, "s3", region);
                    return SignatureV4Authenticator.ReadPayload(request, credential.Principal, use);
                }
                error ??= AuthenticationErrors.MismatchV2(credential.AccessKey, toSign.Written, claimed);
            }
            return AuthenticationResult.Refused(error!);
        }
        finally
        {
            toSign.Dispose();
        }
    }

    private static string? SessionTokenOf(AuthenticationRequest request) =>
        request.Headers.TryGetValue(SessionToken, out var header) ? header.ToString() : request.Query[SessionToken];

    /// <summary>x-amz-date, or else Date; in the first case what is signed in Date's place is empty.</summary>
    private static bool TryReadTime(AuthenticationRequest request, out DateTimeOffset requestTime, out string date)
    {
        date = "";
        if (request.Headers.TryGetValue("x-amz-date", out var amzDate)) return HttpTimes.TryParse(amzDate.ToString(), out requestTime);
        date = request.Headers.Date.ToString();
        return HttpTimes.TryParse(date, out requestTime);
    }
}
