using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authentication;

// Presigned URLs, and requests that are not signed by Signature Version 4 at all.
internal sealed partial class SignatureV4Authenticator
{
    private const string BasicTimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    private AuthenticationResult AuthenticatePresigned(AuthenticationRequest request)
    {
        if (ReadPresigned(request.Query, out var claim, out var date, out var expiresSeconds) is { } malformed)
        {
            return AuthenticationResult.Refused(malformed);
        }
        if (CheckScope(request, claim) is { } scopeError) return AuthenticationResult.Refused(scopeError);
        if (!TryParseBasicTime(date, out var requestTime))
        {
            return AuthenticationResult.Refused(AuthenticationErrors.Query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""));
        }
        if (!claim.Credential.Date.Span.SequenceEqual(date.AsSpan(0, 8)))
        {
            return AuthenticationResult.Refused(AuthenticationErrors.Query(
                $"Error parsing the X-Amz-Credential parameter; Invalid credential date \"{claim.Credential.Date}\". This date is not the same as X-Amz-Date: \"{date[..8]}\"."));
        }
        var found = credentials.Find(claim.Credential.AccessKey.Span, SessionTokenOf(request));
        if (found.Credential is not { } credential) return AuthenticationResult.Refused(AuthenticationErrors.Of(found.Fault, claim.Credential.AccessKey.Span));
        var now = time.GetUtcNow();
        if (requestTime - now > MaxSkew) return AuthenticationResult.Refused(AuthenticationErrors.NotYetValid(requestTime, now));
        var expiry = requestTime.AddSeconds(expiresSeconds);
        if (now > expiry) return AuthenticationResult.Refused(AuthenticationErrors.Expired(expiry, expiresSeconds, now));

        if (request.BodyHash is not null) return Verify(request, claim, credential, requestTime, date, request.BodyHash);
        var header = request.Headers[ContentHashHeader];
        var contentHash = header.Count == 1 ? header[0]! : request.Query["X-Amz-Content-Sha256"] ?? PayloadSigningText.Unsigned;
        return Verify(request, claim, credential, requestTime, date, contentHash);
    }

    /// <summary>Reads the parameters of a presigned URL; the error if one is missing or has a wrong form.</summary>
    private static S3Error? ReadPresigned(S3Query query, out SignatureClaim claim, out string date, out long expiresSeconds)
    {
        claim = default;
        date = "";
        expiresSeconds = 0;
        var credential = query["X-Amz-Credential"];
        var signature = query["X-Amz-Signature"];
        var signedHeaders = query["X-Amz-SignedHeaders"];
        var expires = query["X-Amz-Expires"];
        var dateText = query["X-Amz-Date"];
        if (credential is null || signature is null || signedHeaders is null || expires is null || dateText is null)
        {
            return AuthenticationErrors.MissingQueryParameters;
        }
        if (query["X-Amz-Algorithm"] != SignatureClaim.Algorithm)
        {
            return AuthenticationErrors.Query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
        }
        if (!CredentialScope.TryParse(credential.AsMemory(), out var scope, out var problem))
        {
            return AuthenticationErrors.Query("Error parsing the X-Amz-Credential parameter; " + problem);
        }
        if (CheckExpires(expires, out expiresSeconds) is { } expiresError) return expiresError;
        date = dateText;
        claim = new SignatureClaim(scope, signedHeaders.AsMemory(), signature.AsMemory(), IsPresigned: true);
        return null;
    }

    private static S3Error? CheckExpires(string text, out long seconds)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seconds))
        {
            return AuthenticationErrors.Query("X-Amz-Expires should be a number");
        }
        if (seconds < 0) return AuthenticationErrors.Expires("X-Amz-Expires must be non-negative");
        if (seconds == 0) return AuthenticationErrors.Expires("X-Amz-Expires must be at least 1 second");
        return seconds > MaxExpiresSeconds
            ? AuthenticationErrors.Expires("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
            : null;
    }

    private static AuthenticationResult Anonymous(AuthenticationRequest request) => ReadPayload(request, Principal.Anonymous, SignatureUse.Anonymous);

    /// <summary>A body may be framed and hashed where no chunk can be signed: without a signature, or with one of version 2.</summary>
    internal static AuthenticationResult ReadPayload(AuthenticationRequest request, Principal principal, SignatureUse use)
    {
        var header = request.Headers[ContentHashHeader];
        if (header.Count == 0) return AuthenticationResult.Accepted(principal, use, PayloadSigning.Unsigned, null, null);
        if (header.Count > 1 || !PayloadSigningText.TryParse(header[0]!, out var payload))
        {
            return AuthenticationResult.Refused(AuthenticationErrors.BadContentHash(header.ToString()));
        }
        return payload.IsChunkSigned()
            ? AuthenticationResult.Refused(AuthenticationErrors.Mismatch("A signed payload needs a request that is signed by Signature Version 4."))
            : AuthenticationResult.Accepted(principal, use, payload, header[0], null);
    }

    /// <summary>An Authorization header that is not of Signature Version 4.</summary>
    private AuthenticationResult AuthenticateOther(AuthenticationRequest request, string header)
    {
        if (header.StartsWith("AWS ", StringComparison.Ordinal) && header.LastIndexOf(':') is > 4 and var colon)
        {
            return v2 is null || request.BodyHash is not null ? RefuseV2(header[4..colon]) : v2.AuthenticateHeader(request, header);
        }
        return AuthenticationResult.Refused(AuthenticationErrors.UnknownMechanism(header));
    }

    private AuthenticationResult RefuseV2(string? accessKey) => AuthenticationResult.Refused(
        accessKey is not null && credentials.Find(accessKey, null).Fault == CredentialFault.UnknownKey
            ? AuthenticationErrors.UnknownKey(accessKey)
            : AuthenticationErrors.SignatureV2);

    private static bool TryParseBasicTime([NotNullWhen(true)] string? text, out DateTimeOffset result) => DateTimeOffset.TryParseExact(
        text, BasicTimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out result);
}
