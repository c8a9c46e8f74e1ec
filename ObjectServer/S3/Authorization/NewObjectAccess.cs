using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>To whom an object that a request writes will belong, and its ACL.</summary>
/// <param name="OwnerId">Canonical id.</param>
/// <param name="Acl">As versions keep it; empty for the owner's full control alone.</param>
internal readonly record struct NewObjectAccess(string OwnerId, ReadOnlyMemory<byte> Acl)
{
    /// <summary>By the bucket's object ownership and what the headers say.</summary>
    /// <exception cref="S3Exception">The ACL is not well-formed, not supported by the bucket, or public where that is blocked.</exception>
    public static NewObjectAccess Of(BucketAccess bucket, Principal writer, IHeaderDictionary headers, IIdentities identities)
    {
        var gives = bucket.Ownership == ObjectOwnership.BucketOwnerPreferred && headers["x-amz-acl"] == CannedAcls.BucketOwnerFullControl;
        var ownerId = !bucket.HasAcls || gives ? bucket.OwnerId : writer.CanonicalId;
        if (AclRequests.OfHeaders(headers, ownerId, bucket.OwnerId, identities) is not { } acl) return new NewObjectAccess(ownerId, default);
        if (!bucket.HasAcls)
        {
            // What says what is the case anyway is taken, also "private", which S3 refuses: Debian's rclone and s3cmd send it with every write.
            // From another account it would say that the object is the writer's, which it is not.
            var isTheCase = acl.IsOwnerOnly(ownerId) && (headers["x-amz-acl"] != CannedAcls.Private || writer.CanonicalId == bucket.OwnerId);
            return isTheCase ? new NewObjectAccess(ownerId, default) : throw new S3Exception(S3ErrorCode.AccessControlListNotSupported);
        }
        if (acl.IsPublic && bucket.BlockedIn(identities).HasFlag(PublicAccessBlock.BlockPublicAcls)) throw new S3Exception(S3ErrorCode.AccessDenied);
        return new NewObjectAccess(ownerId, acl.IsOwnerOnly(ownerId) ? default : acl.ToBytes());
    }
}
