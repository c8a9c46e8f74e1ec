using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Checksums;

/// <summary>What AWS says to each way in which a digest can be wrong.</summary>
internal static class ChecksumErrors
{
    public static readonly S3Error Several = new(
        S3ErrorCode.InvalidRequest, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");

    public static readonly S3Error UnknownTrailer = new(
        S3ErrorCode.InvalidRequest, "The value specified in the x-amz-trailer header is not supported");

    public static readonly S3Error TrailerNotExpected = new(
        S3ErrorCode.InvalidRequest, "The x-amz-trailer header needs an x-amz-content-sha256 header that announces a trailer.");

    public static readonly S3Error UnknownAlgorithm = new(
        S3ErrorCode.InvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.");

    public static readonly S3Error NamedButAbsent = new(
        S3ErrorCode.InvalidRequest,
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.");

    /// <summary>What is no value of the algorithm cannot be the body's.</summary>
    public static S3Error BadValue(string field) => new(S3ErrorCode.BadDigest, $"Value for {field} header is invalid.");

    public static S3Error InvalidMd5(string given) => new(
        S3ErrorCode.InvalidDigest, "The Content-MD5 you specified was invalid.", ("Content-MD5", given));

    public static S3Error Md5(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> computed) => new(
        S3ErrorCode.BadDigest,
        "The Content-MD5 you specified did not match what we received.",
        ("ExpectedDigest", Convert.ToBase64String(expected.Span)),
        ("CalculatedDigest", Convert.ToBase64String(computed.Span)));

    public static S3Error Mismatch(ChecksumAlgorithm algorithm) => new(
        S3ErrorCode.BadDigest, $"The {ChecksumNames.Name(algorithm)} you specified did not match the calculated checksum.");

    public static S3Error ContentSha256(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> computed) => new(
        S3ErrorCode.XAmzContentSHA256Mismatch,
        null,
        ("ClientComputedContentSHA256", Convert.ToHexStringLower(expected.Span)),
        ("S3ComputedContentSHA256", Convert.ToHexStringLower(computed.Span)));
}
