using System.Security.Cryptography;
using System.Xml.Linq;

namespace ObjectStore.Server.Cli.Wire;

/// <summary>Speaks the calls of S3 about buckets.</summary>
internal sealed class S3Client(Connection connection, Credentials credentials)
{
    private const string Service = "s3";

    /// <param name="query">Behind the '?', percent-encoded; empty for none.</param>
    /// <exception cref="CliException">It was refused.</exception>
    public async Task<byte[]> SendAsync(HttpMethod method, string bucket, string query, byte[] body, CancellationToken ct, params (string Name, string Value)[] headers)
    {
        var path = $"/{Uri.EscapeDataString(bucket)}{(query.Length == 0 ? "" : "?" + query)}";
        // Some calls want a checksum of their document beside its signature.
        if (body.Length > 0) headers = [.. headers, ("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(body)))];
        var answer = await connection.SendAsync(new WireRequest(method, path, Service) { Body = body, Headers = headers }, credentials, ct);
        if (answer.IsSuccess) return answer.Body;
        throw WireXml.ErrorOf(answer.Status, answer.Body.Length == 0 ? new XElement("Error") : WireXml.Parse(answer.Body));
    }
}
