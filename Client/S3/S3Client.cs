using System.Security.Cryptography;
using System.Xml.Linq;

namespace ObjectStore.Client.S3;

/// <summary>Speaks the calls of S3 about buckets. Objects are for an S3 SDK.</summary>
public sealed partial class S3Client(Connection connection, Credentials credentials)
{
    private const string Service = "s3";

    private static readonly XNamespace Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <param name="query">Behind the '?', percent-encoded; empty for none.</param>
    /// <exception cref="ClientException">It was refused, or no answer came.</exception>
    public Task<byte[]> SendAsync(HttpMethod method, string bucket, string query, byte[] body, CancellationToken ct, params (string Name, string Value)[] headers) =>
        SendAsync(Request(method, bucket, query, body, headers), ct);

    private async Task<byte[]> SendAsync(WireRequest request, CancellationToken ct)
    {
        var answer = await connection.SendAsync(request, credentials, ct);
        return answer.IsSuccess ? answer.Body : throw WireXml.ErrorOf(answer);
    }

    private async Task<XElement> GetAsync(string bucket, string query, CancellationToken ct) =>
        WireXml.Parse(await SendAsync(HttpMethod.Get, bucket, query, [], ct));

    /// <summary>Null where the server says that it has no such configuration.</summary>
    private async Task<XElement?> FindAsync(string bucket, string query, string missing, CancellationToken ct)
    {
        try
        {
            return await GetAsync(bucket, query, ct);
        }
        catch (ClientException none) when (none.Code == missing)
        {
            return null;
        }
    }

    private static WireRequest Request(HttpMethod method, string bucket, string query, byte[] body, params (string Name, string Value)[] headers)
    {
        var path = $"/{Uri.EscapeDataString(bucket)}{(query.Length == 0 ? "" : "?" + query)}";
        // Some calls want a checksum of their document beside its signature.
        if (body.Length > 0) headers = [.. headers, ("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(body)))];
        return new WireRequest(method, path, Service) { Body = body, Headers = headers };
    }

    private static XElement Element(string name, params object?[] content) => new(Namespace + name, content);

    private static XElement TagSet(string name, IEnumerable<KeyValuePair<string, string>> tags) =>
        Element(name, [.. tags.Select(tag => Element("Tag", Element("Key", tag.Key), Element("Value", tag.Value)))]);
}
