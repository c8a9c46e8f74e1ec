using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls on bucket policies have in common.</summary>
internal static class BucketPolicyCalls
{
    /// <summary>The policy can be given to others to use, never to manage. Source: PutBucketPolicy, "Permissions".</summary>
    /// <exception cref="S3Exception">There is no such bucket; or the caller, although allowed, is not of the owner's account (MethodNotAllowed).</exception>
    public static async ValueTask<BucketAccess> OwnBucketAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        return bucket.IsOwnedBy(context.Principal) ? bucket : throw new S3Exception(S3ErrorCode.MethodNotAllowed);
    }

    public static S3Error NoPolicy(S3RequestContext context) => new(S3ErrorCode.NoSuchBucketPolicy, null, ("BucketName", context.Bucket));
}
