using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What requests that carry or describe an object's bytes have in common.</summary>
internal static class Uploads
{
    /// <summary>Kept with an object whose writer chose no checksum, as S3 does. Source: S3 User Guide, "Checking object integrity".</summary>
    public const ChecksumAlgorithm DefaultChecksum = ChecksumAlgorithm.Crc64Nvme;

    /// <summary>Refuses a body of excessive length before a byte of it is read; one of unknown length (HTTP's chunks) when it has become too long.</summary>
    public static void CheckLength(S3RequestContext context, S3OperationOptions options)
    {
        context.Body.MaxBytes = options.MaxUploadBytes;
        if (context.Body.LengthBytes is { } length && length > options.MaxUploadBytes) throw new S3Exception(TooLarge(length, options.MaxUploadBytes));
    }

    public static S3Error TooLarge(long lengthBytes, long maxBytes) =>
        new(S3ErrorCode.EntityTooLarge, null, ("ProposedSize", Text(lengthBytes)), ("MaxSizeAllowed", Text(maxBytes)));

    /// <summary>The checksum to keep: the client's, else the default.</summary>
    public static ChecksumAlgorithm StoredChecksum(S3RequestContext context) =>
        context.Body.Expected.Algorithm is var chosen and not ChecksumAlgorithm.None ? chosen : DefaultChecksum;

    /// <summary>x-amz-checksum-algorithm; None if it is absent.</summary>
    public static ChecksumAlgorithm RequestedChecksum(S3RequestContext context)
    {
        var header = context.Header("x-amz-checksum-algorithm");
        if (string.IsNullOrEmpty(header))
            return ChecksumAlgorithm.None;
        return ChecksumNames.Parse(header) is var algorithm and not ChecksumAlgorithm.None
            ? algorithm
            : throw new S3Exception(S3ErrorCode.InvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128]");
    }

    /// <summary>x-amz-checksum-type; null if it is absent.</summary>
    public static ChecksumType? RequestedType(S3RequestContext context) => context.Header("x-amz-checksum-type") switch
    {
        null or "" => null,
        "COMPOSITE" => ChecksumType.Composite,
        "FULL_OBJECT" => ChecksumType.FullObject,
        var other => throw new S3Exception(Invalid.Argument("x-amz-checksum-type", other, "Value for x-amz-checksum-type header is invalid.")),
    };

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
