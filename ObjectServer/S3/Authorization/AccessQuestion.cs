namespace ObjectStore.Server.S3.Authorization;

/// <summary>One thing that is asked: may the request's principal do this to that.</summary>
/// <param name="Bucket">Null for what is not there yet, and for the service.</param>
/// <param name="BucketName">Null for the service.</param>
/// <param name="Key">Of an action on a bucket, what is looked for in it (s3:prefix); null if nothing is.</param>
/// <param name="OfNewObject">It concerns the object that the request writes, which belongs to the writer and has no version yet.</param>
/// <param name="OfOthersUpload">It concerns an upload that somebody else began: to be allowed to write gives nothing on that.</param>
internal readonly record struct AccessQuestion(string Action, BucketAccess? Bucket, string? BucketName, string? Key, string? VersionId, bool OfNewObject = false, bool OfOthersUpload = false)
{
    /// <summary>Actions on a bucket although a key is named.</summary>
    public bool IsOfBucket => Key is null || Action is "s3:ListBucket" or "s3:ListBucketVersions" or "s3:ListBucketMultipartUploads";

    public string Resource => BucketName is null ? "arn:aws:s3:::*" : IsOfBucket ? "arn:aws:s3:::" + BucketName : $"arn:aws:s3:::{BucketName}/{Key}";
}
