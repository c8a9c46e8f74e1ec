using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ObjectStore.ObjectServer.Tests.S3;

/// <summary>Signature Version 4 from the client's side, written down as AWS describes it and nothing like the server does it.</summary>
internal sealed class TestSigner(string accessKey, string secretKey, DateTimeOffset now, string region = "us-east-1", string service = "s3")
{
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public string Date { get; } = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    public string Scope => $"{Date[..8]}/{region}/{service}/aws4_request";

    public static string Hash(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));

    /// <summary>Adds x-amz-date (where there is no Date), x-amz-content-sha256 and Authorization; signs all headers that are there. Returns the signature.</summary>
    public string SignHeaders(string method, string encodedPath, string rawQuery, IHeaderDictionary headers, string contentHash)
    {
        if (!headers.ContainsKey("Date")) headers["x-amz-date"] = Date;
        headers["x-amz-content-sha256"] = contentHash;
        var names = headers.Keys.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal).ToArray();
        var signature = Sign(method, encodedPath, CanonicalQuery(rawQuery), headers, names, contentHash);
        headers.Authorization = $"AWS4-HMAC-SHA256 Credential={accessKey}/{Scope}, SignedHeaders={string.Join(';', names)}, Signature={signature}";
        return signature;
    }

    /// <summary>The query of a presigned URL.</summary>
    public string Presign(string method, string encodedPath, string rawQuery, string host, string expires)
    {
        var query = $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"{accessKey}/{Scope}")}&X-Amz-Date={Date}&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host";
        if (rawQuery.Length > 0) query = rawQuery + "&" + query;
        var signature = Sign(method, encodedPath, CanonicalQuery(query), new HeaderDictionary { ["host"] = host }, ["host"], "UNSIGNED-PAYLOAD");
        return $"{query}&X-Amz-Signature={signature}";
    }

    /// <summary>An aws-chunked body with signed chunks, and a signed trailer if there is one.</summary>
    public byte[] SignChunks(string seed, IReadOnlyList<byte[]> chunks, string? trailer = null)
    {
        var body = new MemoryStream();
        var previous = seed;
        foreach (var chunk in chunks.Append([]))
        {
            previous = Hmac($"AWS4-HMAC-SHA256-PAYLOAD\n{Date}\n{Scope}\n{previous}\n{EmptyHash}\n{Hash(chunk)}");
            body.Write(Encoding.ASCII.GetBytes($"{chunk.Length:x};chunk-signature={previous}\r\n"));
            body.Write(chunk);
            if (chunk.Length > 0) body.Write("\r\n"u8);
        }
        if (trailer is not null)
        {
            var signature = Hmac($"AWS4-HMAC-SHA256-TRAILER\n{Date}\n{Scope}\n{previous}\n{Hash(Encoding.ASCII.GetBytes(trailer + "\n"))}");
            body.Write(Encoding.ASCII.GetBytes($"{trailer}\r\nx-amz-trailer-signature:{signature}\r\n"));
        }
        body.Write("\r\n"u8);
        return body.ToArray();
    }

    public static byte[] UnsignedChunks(IReadOnlyList<byte[]> chunks, string? trailer)
    {
        var body = new MemoryStream();
        foreach (var chunk in chunks)
        {
            body.Write(Encoding.ASCII.GetBytes($"{chunk.Length:X}\r\n"));
            body.Write(chunk);
            body.Write("\r\n"u8);
        }
        body.Write("0\r\n"u8);
        if (trailer is not null) body.Write(Encoding.ASCII.GetBytes(trailer + "\r\n"));
        body.Write("\r\n"u8);
        return body.ToArray();
    }

    public byte[] SigningKey()
    {
        var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secretKey), Encoding.ASCII.GetBytes(Date[..8]));
        key = HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(region));
        key = HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(service));
        return HMACSHA256.HashData(key, "aws4_request"u8);
    }

    private string Sign(string method, string path, string query, IHeaderDictionary headers, string[] names, string contentHash)
    {
        var canonical = new StringBuilder($"{method}\n{path}\n{query}\n");
        foreach (var name in names)
        {
            canonical.Append(CultureInfo.InvariantCulture, $"{name}:{string.Join(',', headers[name].Select(value => System.Text.RegularExpressions.Regex.Replace(value!.Trim(), " +", " ")))}\n");
        }
        canonical.Append(CultureInfo.InvariantCulture, $"\n{string.Join(';', names)}\n{contentHash}");
        return Hmac($"AWS4-HMAC-SHA256\n{Date}\n{Scope}\n{Hash(Encoding.Latin1.GetBytes(canonical.ToString()))}");
    }

    private static string CanonicalQuery(string raw) => string.Join('&', raw.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Encode(pair[0]), Value: Encode(pair.Length > 1 ? pair[1] : "")))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Encode(string raw) => Uri.EscapeDataString(Uri.UnescapeDataString(raw.Replace("+", "%20", StringComparison.Ordinal)));

    private string Hmac(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(SigningKey(), Encoding.UTF8.GetBytes(text)));
}
