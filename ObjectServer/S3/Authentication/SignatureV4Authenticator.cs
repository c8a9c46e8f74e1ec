using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// Authenticates a request by AWS Signature Version 4, in the Authorization header or in the query. It reads nothing of
/// the body. A request without any sign of a signature is anonymous; one with a wrong signature is refused, never anonymous.
/// </summary>
/// <param name="v2">Takes what is signed by version 2; null to refuse that.</param>
internal sealed partial class SignatureV4Authenticator(ICredentialStore credentials, string region, TimeProvider time, SignatureV2Authenticator? v2 = null)
{
    /// <summary>How far a client's clock may be off.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);

    /// <summary>Longest life of a presigned URL: 7 days.</summary>
    public const int MaxExpiresSeconds = 604_800;

    // Longest region that is taken where any is; the configured one has its own bound.
    private const int MaxRegionLength = 64;

    private const string ContentHashHeader = "x-amz-content-sha256";
    private const string SessionTokenHeader = "X-Amz-Security-Token";

    // RFC 9110's, and that of mail, in which botocore writes a Date that it has found in a request.
    private static readonly string[] DateFormats = ["r", "ddd, dd MMM yyyy HH:mm:ss zzz"];

    private readonly SigningKeyCache _signingKeys = new();

    /// <summary>The services that a signature may be for.</summary>
    public IReadOnlyList<string> Services { get; init; } = ["s3"];

    public AuthenticationResult Authenticate(AuthenticationRequest request)
    {
        var authorization = request.Headers.Authorization;
        var isPresigned = request.Query.Raw.Length > 0 && request.Query.Contains("X-Amz-Algorithm");
        var isQueryV2 = SignatureV2Authenticator.IsPresigned(request.Query);
        if (authorization.Count > 1 || (authorization.Count == 1 && (isPresigned || isQueryV2)))
        {
            return AuthenticationResult.Refused(AuthenticationErrors.TwoMechanisms);
        }
        if (isPresigned) return AuthenticatePresigned(request);
        if (isQueryV2) return v2 is null || request.BodyHash is not null ? RefuseV2(request.Query["AWSAccessKeyId"]) : v2.AuthenticatePresigned(request);
        var header = authorization.Count == 1 ? authorization[0]!.Trim() : "";
        return header.Length == 0 ? Anonymous(request) : AuthenticateHeader(request, header);
    }

    private AuthenticationResult AuthenticateHeader(AuthenticationRequest request, string header)
    {
        if (!header.StartsWith(SignatureClaim.Algorithm, StringComparison.Ordinal)
            || (header.Length > SignatureClaim.Algorithm.Length && header[SignatureClaim.Algorithm.Length] != ' '))
        {
            return AuthenticateOther(request, header);
        }
        if (!SignatureClaim.TryParseHeader(header, out var claim, out var problem))
        {
            return AuthenticationResult.Refused(AuthenticationErrors.MalformedHeader(problem));
        }
        if (CheckScope(request, claim) is { } scopeError) return AuthenticationResult.Refused(scopeError);
        if (!TryReadTime(request.Headers, out var requestTime, out var date)) return AuthenticationResult.Refused(AuthenticationErrors.NoDate);
        if (!claim.Credential.Date.Span.SequenceEqual(date.AsSpan(0, 8)))
        {
            return AuthenticationResult.Refused(AuthenticationErrors.MalformedHeader(
                $"Invalid credential date \"{claim.Credential.Date}\". This date is not the same as X-Amz-Date: \"{date[..8]}\"."));
        }
        var found = credentials.Find(claim.Credential.AccessKey.Span, SessionTokenOf(request));
        if (found.Credential is not { } credential) return AuthenticationResult.Refused(AuthenticationErrors.Of(found.Fault, claim.Credential.AccessKey.Span));
        var now = time.GetUtcNow();
        if ((requestTime - now).Duration() > MaxSkew) return AuthenticationResult.Refused(AuthenticationErrors.Skewed(requestTime, now, MaxSkew));

        if (request.BodyHash is not null) return Verify(request, claim, credential, requestTime, date, request.BodyHash);
        var contentHash = request.Headers[ContentHashHeader];
        if (contentHash.Count != 1) return AuthenticationResult.Refused(AuthenticationErrors.NoContentHash);
        return Verify(request, claim, credential, requestTime, date, contentHash[0]!);
    }

    private AuthenticationResult Verify(AuthenticationRequest request, in SignatureClaim claim, Credential credential, DateTimeOffset requestTime, string date, string contentHash)
    {
        if (!PayloadSigningText.TryParse(contentHash, out var payload))
        {
            return AuthenticationResult.Refused(AuthenticationErrors.BadContentHash(contentHash));
        }
        if (request.Query.Count > CanonicalRequest.MaxParameters) return AuthenticationResult.Refused(AuthenticationErrors.TooManyParameters);
        if (UnsignedHeaders(request.Headers, claim.SignedHeaders.Span) is { } unsigned)
        {
            return AuthenticationResult.Refused(AuthenticationErrors.UnsignedHeaders(unsigned));
        }
        var service = ServiceOf(claim)!;
        var signedRegion = request.BodyHash is null ? region : claim.Credential.Region.ToString();
        var signingKey = _signingKeys.Get(credential, claim.Credential.Date.Span, signedRegion, service);
        var signature = new byte[HMACSHA256.HashSizeInBytes];
        if (VerifySignature(request, claim, signingKey, date, contentHash, signature) is { } error) return AuthenticationResult.Refused(error);
        credentials.NoteUse(credential, service, signedRegion);
        var chain = payload.IsChunkSigned()
            ? new ChunkSignatureChain(signingKey, date, claim.Credential.Scope.ToString(), signature)
            : null;
        var signed = new SignatureUse(claim.IsPresigned ? SignaturePlace.Query : SignaturePlace.Header, SignatureClaim.Algorithm, requestTime);
        return AuthenticationResult.Accepted(credential.Principal, signed, payload, contentHash, chain, credential);
    }

    /// <summary>Of the header, or else of the query; null if there is none. Two of them are a text that is no token.</summary>
    private static string? SessionTokenOf(AuthenticationRequest request) =>
        request.Headers.TryGetValue(SessionTokenHeader, out var header) ? header.ToString()
        : request.Query.Raw.Length > 0 ? request.Query[SessionTokenHeader]
        : null;

    /// <param name="signature">Receives the signature that matched.</param>
    private static S3Error? VerifySignature(
        AuthenticationRequest request, in SignatureClaim claim, byte[] signingKey, string date, string contentHash, Span<byte> signature)
    {
        var canonical = new CanonicalBuffer(stackalloc byte[2048]);
        var toSign = new CanonicalBuffer(stackalloc byte[256]);
        try
        {
            S3Error? error = null;
            foreach (var form in FormsOf(request))
            {
                canonical.Clear();
                toSign.Clear();
                CanonicalRequest.Write(ref canonical, request, claim, contentHash, form);
                WriteStringToSign(ref toSign, date, claim.Credential.Scope.Span, canonical.Written);
                HMACSHA256.HashData(signingKey, toSign.Written, signature);
                if (MatchesHex(signature, claim.Signature.Span)) return null;
                error ??= AuthenticationErrors.Mismatch(claim, toSign.Written, canonical.Written);
            }
            return error;
        }
        finally
        {
            canonical.Dispose();
            toSign.Dispose();
        }
    }

    private static void WriteStringToSign(ref CanonicalBuffer output, string date, ReadOnlySpan<char> scope, ReadOnlySpan<byte> canonicalRequest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonicalRequest, hash);
        output.Append("AWS4-HMAC-SHA256\n"u8);
        output.AppendLatin1(date);
        output.Append((byte)'\n');
        output.AppendUtf8(scope);
        output.Append((byte)'\n');
        output.AppendHex(hash);
    }

    private static bool MatchesHex(ReadOnlySpan<byte> signature, ReadOnlySpan<char> claimed)
    {
        if (claimed.Length != SignatureClaim.SignatureLength) return false;
        Span<char> expected = stackalloc char[SignatureClaim.SignatureLength];
        Convert.TryToHexStringLower(signature, expected, out _);
        return CryptographicOperations.FixedTimeEquals(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(expected), System.Runtime.InteropServices.MemoryMarshal.AsBytes(claimed));
    }

    private S3Error? CheckScope(AuthenticationRequest request, in SignatureClaim claim)
    {
        // IAM is one for all regions, so that clients sign for what they like.
        if (request.BodyHash is not null ? !IsSomeRegion(claim.Credential.Region.Span) : !claim.Credential.Region.Span.SequenceEqual(region))
        {
            return AuthenticationErrors.WrongRegion(claim.IsPresigned, claim.Credential.Region.ToString(), region);
        }
        if (ServiceOf(claim) is null)
        {
            var problem = $"incorrect service \"{claim.Credential.Service}\". This endpoint belongs to \"{Services[0]}\".";
            return claim.IsPresigned
                ? AuthenticationErrors.Query("Error parsing the X-Amz-Credential parameter; " + problem)
                : AuthenticationErrors.MalformedHeader(problem);
        }
        return null;
    }

    private static bool IsSomeRegion(ReadOnlySpan<char> text) => text.Length <= MaxRegionLength && Ascii.IsValid(text);

    private string? ServiceOf(in SignatureClaim claim)
    {
        foreach (var service in Services)
        {
            if (claim.Credential.Service.Span.SequenceEqual(service)) return service;
        }
        return null;
    }

    /// <summary>Headers that must be signed and are not, or null: host, and everything that begins with x-amz-.</summary>
    private static string? UnsignedHeaders(IHeaderDictionary headers, ReadOnlySpan<char> signedHeaders)
    {
        List<string>? unsigned = null;
        if (!IsSigned(signedHeaders, "host")) (unsigned = []).Add("host");
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !IsSigned(signedHeaders, name))
            {
                (unsigned ??= []).Add(name.ToLowerInvariant());
            }
        }
        return unsigned is null ? null : string.Join(", ", unsigned);
    }

    private static bool IsSigned(ReadOnlySpan<char> signedHeaders, ReadOnlySpan<char> name)
    {
        while (true)
        {
            var end = signedHeaders.IndexOf(';');
            var signed = end < 0 ? signedHeaders : signedHeaders[..end];
            if (signed.Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
            if (end < 0) return false;
            signedHeaders = signedHeaders[(end + 1)..];
        }
    }

    /// <summary>The readings to try: one, except where a request has characters that clients sign in different ways.</summary>
    private static ReadOnlySpan<CanonicalForm> FormsOf(AuthenticationRequest request)
    {
        var plainPath = true;
        foreach (var value in request.RawPath) plainPath &= PercentEncoding.IsUnreserved(value) || value == '/';
        if (plainPath && !HasNonAscii(request.Headers)) return [CanonicalForm.Standard];
        return [CanonicalForm.Standard, CanonicalForm.RawPath, CanonicalForm.Utf8Headers, CanonicalForm.RawPath | CanonicalForm.Utf8Headers];
    }

    private static bool HasNonAscii(IHeaderDictionary headers)
    {
        foreach (var (_, values) in headers)
        {
            foreach (var value in values)
            {
                if (value is not null && !Ascii.IsValid(value)) return true;
            }
        }
        return false;
    }

    /// <summary>x-amz-date, or else Date. <paramref name="text"/> is the time in the form that is signed, yyyyMMddTHHmmssZ.</summary>
    private static bool TryReadTime(IHeaderDictionary headers, out DateTimeOffset requestTime, [NotNullWhen(true)] out string? text)
    {
        if (headers.TryGetValue("x-amz-date", out var amzDate))
        {
            text = amzDate.Count == 1 ? amzDate[0] : null;
            return TryParseBasicTime(text, out requestTime);
        }
        text = headers.Date.Count == 1 ? headers.Date[0] : null;
        if (TryParseBasicTime(text, out requestTime)) return true;
        if (!DateTimeOffset.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out requestTime)) return false;
        text = requestTime.UtcDateTime.ToString(BasicTimeFormat, CultureInfo.InvariantCulture);
        return true;
    }
}
