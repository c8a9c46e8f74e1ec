using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>The ACL that PutBucketAcl and PutObjectAcl set: from headers, or else from the body.</summary>
internal static class AclBody
{
    /// <param name="ownerId">Who owns it, which an ACL cannot change.</param>
    /// <param name="bucketOwnerId">Of an object's ACL; null for that of a bucket.</param>
    public static async ValueTask<AccessControlList> ReadAsync(
        S3RequestContext context, string ownerId, string? bucketOwnerId, IIdentities identities, CancellationToken ct)
    {
        var body = await context.Body.ReadDocumentAsync(AclDocument.MaxBodyBytes, ct);
        if (AclRequests.OfHeaders(context.Headers, ownerId, bucketOwnerId, identities) is { } acl)
            return body.IsEmpty ? acl : throw new S3Exception(S3ErrorCode.UnexpectedContent, "This request does not support content");
        if (body.IsEmpty) throw new S3Exception(S3ErrorCode.MissingSecurityHeader, "Your request was missing a required header");

        var document = AclDocument.Parse(body) ?? throw new S3Exception(S3ErrorCode.MalformedACLError);
        return document.OwnerId == ownerId ? AclRequests.OfDocument(document, identities) : throw new S3Exception(S3ErrorCode.AccessDenied);
    }

    /// <summary>
    /// Where ACLs are disabled, one that gives its owner full control and nobody anything says what is the case: nothing is to be
    /// set. Old clients copy the ACL along with the object (s3cmd 2.3) and would fail with what S3 answers.
    /// </summary>
    /// <exception cref="S3Exception">AccessControlListNotSupported for any other ACL there.</exception>
    public static bool IsTheCase(AccessControlList acl, BucketAccess bucket, Principal caller)
    {
        if (bucket.HasAcls) return false;
        return caller.CanonicalId == bucket.OwnerId && acl.IsOwnerOnly(bucket.OwnerId) ? true : throw new S3Exception(S3ErrorCode.AccessControlListNotSupported);
    }

    public static void RefusePublic(AccessControlList acl, BucketAccess bucket, IIdentities identities)
    {
        if (acl.IsPublic && bucket.BlockedIn(identities).HasFlag(PublicAccessBlock.BlockPublicAcls)) throw new S3Exception(S3ErrorCode.AccessDenied);
    }

    /// <summary>The state of the request's bucket, which has gone away since it was decided if it is not found.</summary>
    public static async ValueTask<BucketAccess> BucketAsync(S3RequestContext context, CancellationToken ct) =>
        await context.Access.FindBucketAsync(context.Bucket!, ct) ?? throw new S3Exception(new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", context.Bucket)));
}
