using Microsoft.AspNetCore.Http;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>What of a request is signed, besides its body.</summary>
/// <param name="RawPath">The path of the request line as it came, without the query.</param>
/// <param name="HostBucket">The bucket that the host names; null where the path does.</param>
internal sealed record AuthenticationRequest(string Method, string RawPath, S3Query Query, IHeaderDictionary Headers, string? HostBucket = null);
