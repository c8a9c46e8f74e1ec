using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Client;

/// <summary>Signs requests as a client, with Signature Version 4 in the Authorization header. Written apart from the server's, which it must agree with.</summary>
public static class RequestSigner
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds the headers of the signature. The request's path and query must be percent-encoded as they are sent.</summary>
    /// <param name="body">What will be sent as the body.</param>
    public static void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, Credentials credentials, string region, string service, DateTimeOffset now) =>
        Sign(request, Convert.ToHexStringLower(SHA256.HashData(body)), credentials, region, service, now);

    /// <inheritdoc cref="Sign(HttpRequestMessage, ReadOnlySpan{byte}, Credentials, string, string, DateTimeOffset)"/>
    /// <param name="contentHash">SHA-256 of the body in small hexadecimal digits, or what stands for a body that is signed in another way.</param>
    /// <returns>What the chunks of a body that is signed in chunks are signed with.</returns>
    public static ChunkSigner Sign(HttpRequestMessage request, string contentHash, Credentials credentials, string region, string service, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.Host = HostOf(request.RequestUri!);
        request.Headers.TryAddWithoutValidation("x-amz-date", time);
        request.Headers.TryAddWithoutValidation("x-amz-content-sha256", contentHash);
        if (credentials.SessionToken is not null) request.Headers.TryAddWithoutValidation("x-amz-security-token", credentials.SessionToken);

        var headers = request.Headers.Where(header => IsSigned(header.Key))
            .Select(header => (Name: header.Key.ToLowerInvariant(), Value: Canonical(string.Join(',', header.Value))))
            .OrderBy(header => header.Name, StringComparer.Ordinal).ToArray();
        var names = string.Join(';', headers.Select(header => header.Name));
        var canonical = new StringBuilder()
            .Append(request.Method.Method).Append('\n')
            .Append(request.RequestUri!.AbsolutePath).Append('\n')
            .Append(CanonicalQuery(request.RequestUri.Query)).Append('\n');
        foreach (var (name, value) in headers) canonical.Append(name).Append(':').Append(value).Append('\n');
        canonical.Append('\n').Append(names).Append('\n').Append(contentHash);

        var scope = $"{time[..8]}/{region}/{service}/aws4_request";
        var toSign = $"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        var key = DeriveKey(credentials.SecretKey, time[..8], region, service);
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        request.Headers.TryAddWithoutValidation("Authorization", $"{Algorithm} Credential={credentials.AccessKey}/{scope}, SignedHeaders={names}, Signature={signature}");
        return new ChunkSigner(key, time, scope, signature);
    }

    /// <summary>Without blanks around it, and with one where there are several.</summary>
    private static string Canonical(string value)
    {
        value = value.Trim();
        while (value.Contains("  ", StringComparison.Ordinal)) value = value.Replace("  ", " ", StringComparison.Ordinal);
        return value;
    }

    private static byte[] DeriveKey(string secret, string date, string region, string service)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in (ReadOnlySpan<string>)[date, region, service, "aws4_request"]) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return key;
    }

    private static bool IsSigned(string name) =>
        name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase);

    private static string HostOf(Uri uri) => uri.IsDefaultPort ? uri.IdnHost : uri.HostNameType == UriHostNameType.IPv6 ? uri.Authority : $"{uri.IdnHost}:{uri.Port}";

    /// <summary>Sorted by name, then by value; "a" alone counts as "a=".</summary>
    private static string CanonicalQuery(string query) => string.Join('&', query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=")
        .OrderBy(pair => pair[..pair.IndexOf('=', StringComparison.Ordinal)], StringComparer.Ordinal)
        .ThenBy(pair => pair, StringComparer.Ordinal));
}
