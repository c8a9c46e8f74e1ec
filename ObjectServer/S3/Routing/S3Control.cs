namespace ObjectStore.Server.S3.Routing;

/// <summary>
/// S3 Control, the API on accounts, on the same endpoint. Its requests name an account in a header; without it the path is that
/// of an object. Source: Amazon S3 API Reference, "S3 Control".
/// </summary>
internal static class S3Control
{
    public const string AccountHeader = "x-amz-account-id";
    public const string PublicAccessBlockPath = "/v20180820/configuration/publicAccessBlock";
}
