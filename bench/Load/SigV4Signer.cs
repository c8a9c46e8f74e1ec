using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Bench.Load;

/// <summary>
/// Signature version 4 in the Authorization header, for the few requests that the load generator sends.
/// Source: AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
/// </summary>
internal sealed class SigV4Signer(string accessKey, string secretKey, string region)
{
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";
    private readonly Lock _lock = new();
    private string _keyDate = "";
    private byte[] _key = [];

    /// <summary>The headers x-amz-date, x-amz-content-sha256 and Authorization, as lines of a request.</summary>
    /// <param name="path">Percent-encoded path.</param>
    /// <param name="query">Canonical query: sorted and encoded, without the question mark.</param>
    /// <param name="further">Headers to sign and send, too: names in lower case and sorted, all behind x-amz-date.</param>
    public string Sign(string method, string host, string path, string query, string payloadHash, DateTimeOffset now, IReadOnlyList<(string Name, string Value)> further)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var date = time[..8];
        var scope = $"{date}/{region}/s3/aws4_request";
        var lines = string.Concat(further.Select(header => $"{header.Name}:{header.Value}\n"));
        var names = "host;x-amz-content-sha256;x-amz-date" + string.Concat(further.Select(header => ";" + header.Name));
        var canonical =
            $"{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{payloadHash}\nx-amz-date:{time}\n{lines}\n" +
            $"{names}\n{payloadHash}";
        var toSign = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(SigningKey(date), Encoding.UTF8.GetBytes(toSign)));
        return string.Concat(further.Select(header => $"{header.Name}: {header.Value}\r\n")) + $"x-amz-date: {time}\r\nx-amz-content-sha256: {payloadHash}\r\n" +
            $"Authorization: AWS4-HMAC-SHA256 Credential={accessKey}/{scope}, " +
            $"SignedHeaders={names}, Signature={signature}\r\n";
    }

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private byte[] SigningKey(string date)
    {
        lock (_lock)
        {
            if (_keyDate == date) return _key;
            var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secretKey), Encoding.UTF8.GetBytes(date));
            foreach (var part in (string[])[region, "s3", "aws4_request"]) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
            (_keyDate, _key) = (date, key);
            return key;
        }
    }
}
