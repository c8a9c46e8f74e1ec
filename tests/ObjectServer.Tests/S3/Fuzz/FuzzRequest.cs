using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.ObjectServer.Tests.S3;
using ObjectStore.Server.Tests.S3.Sweep;

namespace ObjectStore.Server.Tests.S3.Fuzz;

/// <summary>A request that may be odd in any way; signing and framing come last, so that what is odd reaches whoever has to understand it.</summary>
internal sealed class FuzzRequest
{
    public required string Method { get; set; }

    /// <summary>As it stands on the request line, without the query.</summary>
    public required string Path { get; set; }

    public required string Query { get; set; }

    public required List<(string Name, string Value)> Headers { get; init; }

    public required byte[] Body { get; set; }

    public string Service { get; init; } = "s3";

    /// <summary>Signed in chunks, or as a whole.</summary>
    public bool IsChunked { get; set; }

    /// <summary>How the framed body is spoilt after it was signed; null for not at all.</summary>
    public Func<byte[], byte[]>? Spoil { get; set; }

    public static FuzzRequest Of(SweepRequest request) => new()
    {
        Method = request.Method,
        Path = request.Path,
        Query = request.Query,
        Headers = [.. request.Headers],
        Body = request.Body,
    };

    public void Set(string name, string value)
    {
        Headers.RemoveAll(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        Headers.Add((name, value));
    }

    /// <summary>The bytes to send, signed and with the length that they have.</summary>
    public byte[] ToBytes(Caller caller, string host)
    {
        IHeaderDictionary headers = new HeaderDictionary { ["host"] = host };
        foreach (var (name, value) in Headers)
            headers[name] = value;
        var body = Body;
        if (headers.ContainsKey("Content-MD5"))
            headers["Content-MD5"] = Convert.ToBase64String(MD5.HashData(body));
        var signer = new TestSigner(caller.AccessKey, caller.Secret, DateTimeOffset.UtcNow, service: Service);
        if (IsChunked)
        {
            headers.ContentEncoding = "aws-chunked";
            headers["x-amz-decoded-content-length"] = $"{body.Length}";
            headers.Remove("Content-MD5");
            body = signer.SignChunks(signer.SignHeaders(Method, Path, Query, headers, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), [body]);
        }
        else
        {
            signer.SignHeaders(Method, Path, Query, headers, TestSigner.Hash(body));
        }

        body = Spoil?.Invoke(body) ?? body;
        var head = new StringBuilder($"{Method} {Path}{(Query.Length > 0 ? "?" + Query : "")} HTTP/1.1\r\n");
        foreach (var (name, value) in headers)
            head.Append($"{name}: {value}\r\n");
        if (body.Length > 0 || Method is "PUT" or "POST")
            head.Append($"content-length: {body.Length}\r\n");
        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body];
    }
}
