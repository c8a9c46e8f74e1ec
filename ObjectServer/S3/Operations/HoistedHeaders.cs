using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// Presigners of some SDKs move x-amz headers into the query; S3 takes them there as if they were headers, checksums
/// included: a signed promise about the body is kept or the upload refused. Those that belong to the signature are read where it is checked.
/// To be called after that, as a header that is not signed as one is refused there, and before anything looks at the headers.
/// </summary>
internal static class HoistedHeaders
{
    private static readonly string[] Elsewhere =
    [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
        "x-amz-security-token", "x-amz-content-sha256", "x-amz-sdk-checksum-algorithm", "x-amz-user-agent",
    ];

    /// <exception cref="S3Exception">InvalidURI for text that is not UTF-8; InvalidArgument for a name that no header can have.</exception>
    public static void Restore(S3Query query, IHeaderDictionary headers)
    {
        if (!query.Raw.Contains("x-amz-", StringComparison.OrdinalIgnoreCase))
            return;

        foreach (var (rawName, rawValue) in query)
        {
            if (!rawName.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                continue;

            var name = PercentEncoding.DecodeQuery(rawName)?.ToLowerInvariant() ?? throw new S3Exception(S3ErrorCode.InvalidURI);
            if (Array.IndexOf(Elsewhere, name) >= 0 || headers.ContainsKey(name))
                continue;

            if (!HeaderText.IsName(name))
                throw new S3Exception(Invalid.Argument(name, null, "A name of a header has only letters, digits and a few signs."));
            headers[name] = HeaderText.FromText(PercentEncoding.DecodeQuery(rawValue) ?? throw new S3Exception(S3ErrorCode.InvalidURI));
        }
    }
}
