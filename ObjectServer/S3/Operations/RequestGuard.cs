using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// Headers that ask for features which are not built answer 501, so that nothing is accepted and ignored. Values that
/// ask for what is the case anyway pass. docs/SEMANTICS.md lists them.
/// </summary>
internal static class RequestGuard
{
    private static readonly string[] RefusedPrefixes =
    [
        "x-amz-grant-", "x-amz-object-lock-",
        "x-amz-tagging", "x-amz-write-offset-bytes",
    ];

    private static readonly string[] CannedAcls =
        ["public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", "log-delivery-write"];

    /// <exception cref="S3Exception">NotImplemented, InvalidArgument, or AccessDenied for another expected owner.</exception>
    public static void Check(S3RequestContext context)
    {
        foreach (var (name, values) in context.Headers)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                Check(context, name.ToLowerInvariant(), values.ToString());
        }
    }

    private static void Check(S3RequestContext context, string name, string value)
    {
        switch (name)
        {
            case "x-amz-tagging-directive":
                break;
            case "x-amz-acl":
                CheckAcl(value);
                break;
            case "x-amz-tagging" or "x-amz-object-lock-mode" or "x-amz-object-lock-retain-until-date" or "x-amz-object-lock-legal-hold" when TakesLockAndTags(context.Operation.Name):
                break;
            case "x-amz-bucket-object-lock-enabled" when context.Operation.Name != S3OperationName.CreateBucket:
            case "x-amz-object-ownership" when value != "BucketOwnerEnforced":
                throw Refused(name);
            case "x-amz-expected-bucket-owner" or "x-amz-source-expected-bucket-owner":
                CheckOwner(context, value);
                break;
            default:
                if (Array.Exists(RefusedPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                    throw Refused(name);
                break;
        }
    }

    private static bool TakesLockAndTags(S3OperationName name) =>
        name is S3OperationName.PutObject or S3OperationName.CopyObject or S3OperationName.CreateMultipartUpload or S3OperationName.PostObject;

    // private and bucket-owner-full-control describe what every object has: its bucket's owner, with full control.
    private static void CheckAcl(string value)
    {
        if (value is "private" or "bucket-owner-full-control")
            return;
        if (Array.IndexOf(CannedAcls, value) >= 0)
            throw Refused("x-amz-acl");
        throw new S3Exception(Invalid.Argument("x-amz-acl", value, null));
    }

    private static void CheckOwner(S3RequestContext context, string value)
    {
        if (value.Length != 12 || value.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw new S3Exception(S3ErrorCode.InvalidBucketOwnerAWSAccountID);
        if (value != context.Principal.AccountId)
            throw new S3Exception(S3ErrorCode.AccessDenied);
    }

    private static S3Exception Refused(string header) => new(new S3Error(S3ErrorCode.NotImplemented, null, ("Header", header)));
}
