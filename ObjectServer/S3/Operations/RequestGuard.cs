using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// Headers that ask for features which are not built answer 501, so that nothing is accepted and ignored. Values that
/// ask for what is the case anyway pass. docs/SEMANTICS.md lists them.
/// </summary>
internal static class RequestGuard
{
    private static readonly string[] RefusedPrefixes =
    [
        "x-amz-object-lock-",
        "x-amz-tagging", AppendFields.Offset,
    ];

    private static readonly string[] CannedAcls =
        ["public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", "log-delivery-write"];

    /// <exception cref="S3Exception">NotImplemented or InvalidArgument.</exception>
    public static void Check(S3RequestContext context)
    {
        foreach (var (name, values) in context.Headers)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                Check(context, name.ToLowerInvariant(), values.ToString());
            // Nobody chooses a version's id or time with an ordinary call.
            else if (name.StartsWith(ReplicaFields.Prefix, StringComparison.OrdinalIgnoreCase) && context.Operation.Name != S3OperationName.PutReplicaMarker)
                throw new S3Exception(Invalid.Argument(name.ToLowerInvariant(), values.ToString(), "The header belongs to replication between stores, which has calls of its own."));
        }
    }

    private static void Check(S3RequestContext context, string name, string value)
    {
        switch (name)
        {
            case AppendFields.Offset when context.Operation.Name == S3OperationName.PutObject:
            case "x-amz-tagging-directive":
                break;
            case "x-amz-acl" when !TakesAcl(context.Operation.Name):
                CheckAcl(value);
                break;
            case "x-amz-tagging" or "x-amz-object-lock-mode" or "x-amz-object-lock-retain-until-date" or "x-amz-object-lock-legal-hold" when TakesLockAndTags(context.Operation.Name):
                break;
            case AnnotationFields.Directive or AnnotationFields.ObjectIfMatch when !AnnotationFields.IsTakenBy(context.Operation.Name, name):
                throw Refused(name);
            case "x-amz-server-side-encryption" when value == "aws:kms" && context.Dialect.ManagedKeyIsNamed && !context.Headers.ContainsKey("x-amz-server-side-encryption-aws-kms-key-id"):
                throw new S3Exception(Invalid.Argument(name, value, "Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption-aws-kms-key-id"));
            case "x-amz-bucket-object-lock-enabled" or "x-amz-object-ownership" when context.Operation.Name != S3OperationName.CreateBucket:
                throw Refused(name);
            default:
                if (name.StartsWith("x-amz-grant-", StringComparison.Ordinal) && !TakesAcl(context.Operation.Name))
                    throw Refused(name);
                if (Array.Exists(RefusedPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                    throw Refused(name);
                break;
        }
    }

    private static bool TakesLockAndTags(S3OperationName name) =>
        name is S3OperationName.PutObject or S3OperationName.CopyObject or S3OperationName.CreateMultipartUpload or S3OperationName.PostObject;

    private static bool TakesAcl(S3OperationName name) => TakesLockAndTags(name)
        || name is S3OperationName.CreateBucket or S3OperationName.PutBucketAcl or S3OperationName.PutObjectAcl;

    // private and bucket-owner-full-control describe what every object has: its bucket's owner, with full control.
    private static void CheckAcl(string value)
    {
        if (value is "private" or "bucket-owner-full-control")
            return;
        if (Array.IndexOf(CannedAcls, value) >= 0)
            throw Refused("x-amz-acl");
        throw new S3Exception(Invalid.Argument("x-amz-acl", value, null));
    }

    private static S3Exception Refused(string header) => new(new S3Error(S3ErrorCode.NotImplemented, null, ("Header", header)));
}
