using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Calls whose body must come with a digest, because a flipped bit in it would do harm that cannot be undone.</summary>
internal static class RequiredDigest
{
    /// <exception cref="S3Exception">InvalidRequest: there is neither Content-MD5 nor a checksum.</exception>
    public static void Check(S3RequestContext context, string message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    {
        foreach (var name in context.Headers.Keys)
        {
            if (name.Equals("Content-MD5", StringComparison.OrdinalIgnoreCase) || name.Equals("x-amz-trailer", StringComparison.OrdinalIgnoreCase)
                || ChecksumNames.ParseField(name) != 0)
            {
                return;
            }
        }

        throw new S3Exception(S3ErrorCode.InvalidRequest, message);
    }
}
