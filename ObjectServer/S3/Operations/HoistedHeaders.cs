using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// Presigners of some SDKs move x-amz headers into the query; S3 takes them there as if they were headers. Those that belong to the
/// signature or to a digest are read where these are checked.
/// </summary>
internal static class HoistedHeaders
{
    private static readonly string[] Elsewhere =
    [
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature",
        "x-amz-security-token", "x-amz-content-sha256", "x-amz-sdk-checksum-algorithm", "x-amz-user-agent",
    ];

    public static void Restore(S3RequestContext context)
    {
        if (!context.Query.Raw.Contains("x-amz-", StringComparison.OrdinalIgnoreCase))
            return;

        foreach (var (rawName, rawValue) in context.Query)
        {
            if (!rawName.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                continue;

            var name = PercentEncoding.DecodeQuery(rawName)?.ToLowerInvariant() ?? throw new S3Exception(S3ErrorCode.InvalidURI);
            if (IsElsewhere(name) || context.Headers.ContainsKey(name))
                continue;

            context.Headers[name] = HeaderText.FromText(PercentEncoding.DecodeQuery(rawValue) ?? throw new S3Exception(S3ErrorCode.InvalidURI));
        }
    }

    private static bool IsElsewhere(string name) =>
        Array.IndexOf(Elsewhere, name) >= 0
        || (name.StartsWith("x-amz-checksum-", StringComparison.Ordinal) && name is not ("x-amz-checksum-mode" or "x-amz-checksum-algorithm" or "x-amz-checksum-type"));
}
