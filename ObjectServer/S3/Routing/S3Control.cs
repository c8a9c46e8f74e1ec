namespace ObjectStore.Server.S3.Routing;

/// <summary>
/// S3 Control, the API on accounts, on the same endpoint. Its requests name an account in a header; without it the path is that
/// of an object. Source: Amazon S3 API Reference, "S3 Control".
/// </summary>
internal static class S3Control
{
    public const string AccountHeader = "x-amz-account-id";
    public const string PublicAccessBlockPath = "/v20180820/configuration/publicAccessBlock";

    /// <summary>Before the ARN of what has tags, percent-encoded.</summary>
    public const string TagsPath = "/v20180820/tags/";

    private const string BucketArn = "arn:aws:s3:::";

    /// <summary>The bucket whose tags the path is about; null if it is about something else, which has no tags here.</summary>
    public static string? TaggedBucketOf(string rawPath)
    {
        var arn = PercentEncoding.DecodePath(rawPath[TagsPath.Length..]);
        return arn is not null && arn.StartsWith(BucketArn, StringComparison.Ordinal) && arn.Length > BucketArn.Length && !arn.Contains('/') ? arn[BucketArn.Length..] : null;
    }
}
