using static ObjectStore.Server.S3.Authorization.AclPermission;
using static ObjectStore.Server.S3.Authorization.GranteeKind;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>The ACLs that have a name. Source: S3 User Guide, "Access control list (ACL) overview", canned ACL.</summary>
internal static class CannedAcls
{
    public const string Private = "private";
    public const string BucketOwnerFullControl = "bucket-owner-full-control";

    /// <summary>EC2 reads machine images with it; there is no EC2 here.</summary>
    public const string NotAvailable = "aws-exec-read";

    /// <summary>Null if there is no such name, or none for what it is asked for.</summary>
    public static AccessControlList? OfBucket(string name, string ownerId) => name switch
    {
        // S3 takes the two that speak of a bucket's owner for buckets, too, and does nothing about them.
        Private or BucketOwnerFullControl or "bucket-owner-read" => AccessControlList.OwnerOnly(ownerId),
        "public-read" => With(ownerId, Grant.ToGroup(AllUsers, Read)),
        "public-read-write" => With(ownerId, Grant.ToGroup(AllUsers, Read), Grant.ToGroup(AllUsers, Write)),
        "authenticated-read" => With(ownerId, Grant.ToGroup(AuthenticatedUsers, Read)),
        "log-delivery-write" => With(ownerId, Grant.ToGroup(LogDelivery, Write), Grant.ToGroup(LogDelivery, ReadAcp)),
        _ => null,
    };

    /// <inheritdoc cref="OfBucket"/>
    public static AccessControlList? OfObject(string name, string ownerId, string bucketOwnerId) => name switch
    {
        "bucket-owner-read" => OfBoth(ownerId, bucketOwnerId, Read),
        BucketOwnerFullControl => OfBoth(ownerId, bucketOwnerId, FullControl),
        "log-delivery-write" => null,
        _ => OfBucket(name, ownerId),
    };

    private static AccessControlList OfBoth(string ownerId, string bucketOwnerId, AclPermission permission) => ownerId == bucketOwnerId
        ? AccessControlList.OwnerOnly(ownerId)
        : new([Grant.ToAccount(ownerId, FullControl), Grant.ToAccount(bucketOwnerId, permission)]);

    private static AccessControlList With(string ownerId, params Grant[] grants) => new([.. grants, Grant.ToAccount(ownerId, FullControl)]);
}
