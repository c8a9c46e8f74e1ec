namespace ObjectStore.Server.S3.Authorization;

/// <param name="OfObject">Whether the object's ACL gives it, else the bucket's.</param>
internal readonly record struct AclRight(bool OfObject, AclPermission Permission);

/// <summary>
/// Which permission of an ACL stands for which action. Source: S3 User Guide, "Mapping of ACL permissions and access policy permissions".
/// </summary>
internal static class AclRights
{
    /// <summary>Null for actions that no ACL gives.</summary>
    /// <param name="readShowsTags">Ceph's gateway, rgw_op.cc: who may read an object may read its tags.</param>
    public static AclRight? Of(string action, bool readShowsTags = false) => action switch
    {
        "s3:ListBucket" or "s3:ListBucketVersions" or "s3:ListBucketMultipartUploads" => new(false, AclPermission.Read),
        "s3:PutObject" or "s3:DeleteObject" or "s3:AbortMultipartUpload" or "s3:ListMultipartUploadParts" => new(false, AclPermission.Write),
        "s3:GetBucketAcl" => new(false, AclPermission.ReadAcp),
        "s3:PutBucketAcl" => new(false, AclPermission.WriteAcp),
        "s3:GetObject" or "s3:GetObjectVersion" => new(true, AclPermission.Read),
        "s3:GetObjectTagging" or "s3:GetObjectVersionTagging" when readShowsTags => new(true, AclPermission.Read),
        "s3:GetObjectAcl" or "s3:GetObjectVersionAcl" => new(true, AclPermission.ReadAcp),
        "s3:PutObjectAcl" or "s3:PutObjectVersionAcl" => new(true, AclPermission.WriteAcp),
        _ => null,
    };

    /// <summary>Actions on an upload in progress, which an ACL gives to whoever began it only.</summary>
    public static bool IsOfUpload(string action) => action is "s3:AbortMultipartUpload" or "s3:ListMultipartUploadParts";

    /// <summary>
    /// Actions that an object's owner decides and not the bucket's, where the two differ. Deletes are not among them: a bucket's
    /// owner may always delete.
    /// </summary>
    public static bool BelongsToObjectOwner(string action) => action is
        "s3:GetObject" or "s3:GetObjectVersion" or "s3:GetObjectAcl" or "s3:GetObjectVersionAcl" or "s3:PutObjectAcl" or "s3:PutObjectVersionAcl"
        or "s3:GetObjectTagging" or "s3:GetObjectVersionTagging" or "s3:PutObjectTagging" or "s3:PutObjectVersionTagging"
        or "s3:DeleteObjectTagging" or "s3:DeleteObjectVersionTagging" or "s3:GetObjectAttributes" or "s3:GetObjectVersionAttributes"
        or "s3:GetObjectTorrent" or "s3:GetObjectVersionTorrent" or "s3:RestoreObject";
}
