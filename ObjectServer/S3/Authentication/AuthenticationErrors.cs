using System.Globalization;
using System.Text;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>What AWS says to each way in which a signature can be wrong.</summary>
internal static class AuthenticationErrors
{
    // An error must stay small, whatever the request is.
    private const int MaxEchoLength = 4096;

    public static readonly S3Error TwoMechanisms = new(
        S3ErrorCode.InvalidArgument,
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
        ("ArgumentName", "Authorization"));

    public static readonly S3Error NoDate = new(S3ErrorCode.AccessDenied, "AWS authentication requires a valid Date or x-amz-date header");

    public static readonly S3Error NoContentHash = new(
        S3ErrorCode.InvalidRequest, "Missing required header for this request: x-amz-content-sha256");

    public static readonly S3Error SignatureV2 = new(
        S3ErrorCode.InvalidRequest, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");

    public static readonly S3Error MissingQueryParameters = Query(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");

    public static readonly S3Error MissingQueryParametersV2 = new(
        S3ErrorCode.AccessDenied, "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");

    public static readonly S3Error TooManyParameters = new(
        S3ErrorCode.InvalidRequest, "The query string has too many parameters to be signed.");

    public static readonly S3Error MissingDecodedLength = new(
        S3ErrorCode.MissingContentLength, "You must provide the X-Amz-Decoded-Content-Length HTTP header.");

    public static S3Error UnknownMechanism(string header) => new(
        S3ErrorCode.InvalidArgument,
        "Unsupported Authorization Type",
        ("ArgumentName", "Authorization"),
        ("ArgumentValue", Cut(header)));

    public static S3Error MalformedHeader(string? problem) => new(
        S3ErrorCode.AuthorizationHeaderMalformed, $"The authorization header is malformed; {problem}");

    public static S3Error WrongRegion(bool isPresigned, string given, string expected) => (isPresigned
        ? new S3Error(
            S3ErrorCode.AuthorizationQueryParametersError,
            $"Error parsing the X-Amz-Credential parameter; the region '{given}' is wrong; expecting '{expected}'",
            ("Region", expected))
        : new S3Error(
            S3ErrorCode.AuthorizationHeaderMalformed,
            $"The authorization header is malformed; the region '{given}' is wrong; expecting '{expected}'",
            ("Region", expected))) with { ExpectedRegion = expected };

    public static S3Error Query(string problem) => new(S3ErrorCode.AuthorizationQueryParametersError, problem);

    /// <summary>A number of seconds that cannot be.</summary>
    public static S3Error Expires(string problem) => Query(problem) with { InCeph = S3ErrorCode.AccessDenied };

    public static S3Error UnknownKey(ReadOnlySpan<char> accessKey) => new(
        S3ErrorCode.InvalidAccessKeyId,
        "The AWS Access Key Id you provided does not exist in our records.",
        ("AWSAccessKeyId", Cut(accessKey.ToString())));

    public static S3Error Of(CredentialFault fault, ReadOnlySpan<char> accessKey) => fault switch
    {
        CredentialFault.InvalidToken => S3ErrorCode.InvalidToken,
        CredentialFault.ExpiredToken => S3ErrorCode.ExpiredToken,
        _ => UnknownKey(accessKey),
    };

    public static S3Error UnsignedHeaders(string names) => new(
        S3ErrorCode.AccessDenied, "There were headers present in the request which were not signed", ("HeadersNotSigned", names));

    public static S3Error BadContentHash(string value) => new(
        S3ErrorCode.InvalidArgument,
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-UNSIGNED-PAYLOAD-TRAILER or a valid sha256 value.",
        ("ArgumentName", "x-amz-content-sha256"),
        ("ArgumentValue", Cut(value)));

    public static S3Error Skewed(DateTimeOffset requestTime, DateTimeOffset now, TimeSpan allowed) => new(
        S3ErrorCode.RequestTimeTooSkewed,
        null,
        ("RequestTime", Basic(requestTime)),
        ("ServerTime", Extended(now)),
        ("MaxAllowedSkewMilliseconds", allowed.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)));

    public static S3Error InvalidExpires(string given) => new(
        S3ErrorCode.AccessDenied, "Invalid date (should be seconds since epoch): " + Cut(given));

    /// <param name="expiresSeconds">Null in a URL that tells only when it expires.</param>
    public static S3Error Expired(DateTimeOffset expiry, long? expiresSeconds, DateTimeOffset now) => new(
        S3ErrorCode.AccessDenied,
        "Request has expired",
        ("X-Amz-Expires", expiresSeconds?.ToString(CultureInfo.InvariantCulture)),
        ("Expires", Extended(expiry)),
        ("ServerTime", Extended(now)));

    public static S3Error NotYetValid(DateTimeOffset requestTime, DateTimeOffset now) => new(
        S3ErrorCode.AccessDenied,
        "Request is not valid yet",
        ("RequestTime", Extended(requestTime)),
        ("ServerTime", Extended(now)));

    public static S3Error Mismatch(in SignatureClaim claim, ReadOnlySpan<byte> stringToSign, ReadOnlySpan<byte> canonicalRequest) => new(
        S3ErrorCode.SignatureDoesNotMatch,
        null,
        ("AWSAccessKeyId", Cut(claim.Credential.AccessKey.ToString())),
        ("StringToSign", Cut(Encoding.UTF8.GetString(stringToSign))),
        ("SignatureProvided", Cut(claim.Signature.ToString())),
        ("CanonicalRequest", Cut(Encoding.UTF8.GetString(canonicalRequest))));

    public static S3Error MismatchV2(string accessKey, ReadOnlySpan<byte> stringToSign, ReadOnlySpan<char> signature) => new(
        S3ErrorCode.SignatureDoesNotMatch,
        null,
        ("AWSAccessKeyId", accessKey),
        ("StringToSign", Cut(Encoding.UTF8.GetString(stringToSign))),
        ("SignatureProvided", Cut(signature.ToString())));

    public static S3Error MismatchOfForm(string accessKey, string policy, string signature) => new(
        S3ErrorCode.SignatureDoesNotMatch,
        null,
        ("AWSAccessKeyId", accessKey),
        ("StringToSign", Cut(policy)),
        ("SignatureProvided", Cut(signature)));

    public static S3Error Mismatch(string? message) => new(S3ErrorCode.SignatureDoesNotMatch, message);

    private static string Basic(DateTimeOffset time) => time.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Extended(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Cut(string text) => text.Length <= MaxEchoLength ? text : text[..MaxEchoLength];
}
