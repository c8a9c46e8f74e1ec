using Microsoft.AspNetCore.Http;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>What of a request is signed, besides its body.</summary>
/// <param name="RawPath">The path of the request line as it came, without the query.</param>
/// <param name="HostBucket">The bucket that the host names; null where the path does.</param>
internal sealed record AuthenticationRequest(string Method, string RawPath, S3Query Query, IHeaderDictionary Headers, string? HostBucket = null)
{
    /// <summary>
    /// For calls of IAM and STS, whose bodies are small and read first: the SHA-256 of the body in hex, which their clients sign without naming it in a
    /// header, for "iam" or "sts" and any region. Null for calls of S3.
    /// </summary>
    public string? BodyHash { get; init; }
}
