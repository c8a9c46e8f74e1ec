using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>The ACL, ownership controls and public access block that a bucket is made with.</summary>
internal sealed record NewBucketAccess(ReadOnlyMemory<byte> Acl, IReadOnlyList<BucketDocument> Documents)
{
    /// <exception cref="S3Exception">A header is not well-formed, or asks for an ACL that the bucket would not support or that is blocked.</exception>
    public static NewBucketAccess Of(Principal owner, IHeaderDictionary headers, ObjectOwnership defaultOwnership, PublicAccessBlock block, IIdentities identities)
    {
        var header = headers["x-amz-object-ownership"].ToString();
        var ownership = defaultOwnership;
        if (header.Length > 0 && !OwnershipControls.TryParse(header, out ownership))
            throw new S3Exception(new S3Error(S3ErrorCode.InvalidArgument, "Invalid x-amz-object-ownership header", ("ArgumentName", "x-amz-object-ownership"), ("ArgumentValue", header)));

        var acl = AclRequests.OfHeaders(headers, owner.CanonicalId, null, identities);
        if (acl is not null) Check(acl, owner, ownership, block, identities);
        var documents = new List<BucketDocument>();
        if (ownership != ObjectOwnership.BucketOwnerEnforced) documents.Add(new(OwnershipControls.Kind, Controls(ownership, isNamed: header.Length > 0)));
        if (block != PublicAccessBlock.All)
            documents.Add(new(PublicAccessBlocks.Kind, block == PublicAccessBlock.None ? PublicAccessBlocks.Deleted : PublicAccessBlocks.ToDocument(block)));
        return new NewBucketAccess(acl is null || acl.IsOwnerOnly(owner.CanonicalId) ? default : acl.ToBytes(), documents);
    }

    // Who has chosen the writer for all new buckets wants them as they were before there were ownership controls.
    private static ReadOnlyMemory<byte> Controls(ObjectOwnership ownership, bool isNamed) =>
        ownership == ObjectOwnership.ObjectWriter && !isNamed ? OwnershipControls.Deleted : OwnershipControls.ToDocument(ownership);

    private static void Check(AccessControlList acl, Principal owner, ObjectOwnership ownership, PublicAccessBlock block, IIdentities identities)
    {
        if (ownership == ObjectOwnership.BucketOwnerEnforced && !acl.IsOwnerOnly(owner.CanonicalId)) throw new S3Exception(S3ErrorCode.InvalidBucketAclWithObjectOwnership);
        if (!acl.IsPublic) return;
        if (PublicAccessBlocks.OfAccount(identities, owner.AccountId).HasFlag(PublicAccessBlock.BlockPublicAcls)) throw new S3Exception(S3ErrorCode.AccessDenied);
        if (block.HasFlag(PublicAccessBlock.BlockPublicAcls)) throw new S3Exception(S3ErrorCode.InvalidBucketAclWithBlockPublicAccessError);
    }
}
