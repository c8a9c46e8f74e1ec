using System.Security.Cryptography;
using System.Xml.Linq;

namespace ObjectStore.Client.S3;

/// <summary>Speaks calls of S3. For any number of threads.</summary>
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

    private WireRequest Request(HttpMethod method, string bucket, string query, byte[] body, params (string Name, string Value)[] headers)
    {
        // Some calls want a checksum of their document beside its signature.
        if (body.Length > 0) headers = [.. headers, ("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(body)))];
        return At(method, bucket, null, query) with { Body = body, Headers = headers };
    }

    /// <summary>A request about a bucket or an object, wherever the bucket's name belongs.</summary>
    private WireRequest At(HttpMethod method, string bucket, string? key, string query)
    {
        var path = key is null ? "" : string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        var end = query.Length == 0 ? "" : "?" + query;
        return connection.Options.VirtualHosts
            ? new WireRequest(method, $"/{path}{end}", Service) { Host = bucket }
            : new WireRequest(method, key is null ? $"/{Uri.EscapeDataString(bucket)}{end}" : $"/{Uri.EscapeDataString(bucket)}/{path}{end}", Service);
    }

    private static XElement Element(string name, params object?[] content) => new(Namespace + name, content);

    private static XElement TagSet(string name, IEnumerable<KeyValuePair<string, string>> tags) =>
        Element(name, [.. tags.Select(tag => Element("Tag", Element("Key", tag.Key), Element("Value", tag.Value)))]);
}
