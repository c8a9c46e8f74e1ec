using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Bench.Load;

/// <summary>The S3 requests of the generator against one endpoint, over one connection.</summary>
internal sealed class S3Target(Contender contender, LoadOptions options, SigV4Signer signer, byte[] payload) : IDisposable
{
    private readonly HttpConnection _connection = new(contender.Endpoint);
    private readonly string _host = contender.Endpoint.Authority;
    private string? _payloadHash;

    private static readonly byte[] Key = SHA256.HashData("a key of the benchmark"u8);
    private static readonly (string, string)[] StoreKey = [("x-amz-server-side-encryption", "AES256")];
    private static readonly (string, string)[] CustomerKey =
    [
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", Convert.ToBase64String(Key)),
        ("x-amz-server-side-encryption-customer-key-md5", Convert.ToBase64String(MD5.HashData(Key))),
    ];

    public const int PayloadSlackBytes = 64 * 1024;

    public ValueTask CreateBucketAsync(CancellationToken ct) => CreateBucketAsync(contender.Bucket, ct);

    /// <summary>What the bucket is to have of notifications, logs or replication.</summary>
    public async ValueTask SetUpAsync(CancellationToken ct)
    {
        foreach (var step in SetupDocuments.Of(contender, options.Region))
        {
            if (step.Query.Length == 0) await CreateBucketAsync(step.Bucket, ct);
            else if (await SendAsync("PUT", "/" + step.Bucket, step.Query, Encoding.UTF8.GetBytes(step.Document), null, ct) is var status and not (200 or 204))
                throw new IOException($"Setting {step.Query} of {step.Bucket} at {contender.Endpoint} answered {status}");
        }
    }

    private async ValueTask CreateBucketAsync(string bucket, CancellationToken ct)
    {
        var status = await SendAsync("PUT", "/" + bucket, "", default, null, ct);
        if (status is not (200 or 409)) throw new IOException($"CreateBucket at {contender.Endpoint} answered {status}");
    }

    public async ValueTask DeleteBucketAsync(CancellationToken ct) => await SendAsync("DELETE", "/" + contender.Bucket, "", default, null, ct);

    public ValueTask<int> PutAsync(string key, int index, CancellationToken ct)
    {
        // Each object's bytes start elsewhere in the random payload; signed payloads share one offset, since hashing is not what is measured.
        var offset = options.SignPayload ? 0 : Offset(index);
        return SendAsync("PUT", Path(key), "", payload.AsMemory(offset, (int)options.SizeBytes), null, ct);
    }

    public async ValueTask<int> GetAsync(string key, int index, CancellationToken ct)
    {
        if (!options.Verify) return await SendAsync("GET", Path(key), "", default, null, ct);
        var expected = payload.AsMemory(options.SignPayload ? 0 : Offset(index), (int)options.SizeBytes);
        long good = 0;
        var status = await SendAsync("GET", Path(key), "", default, (piece, offset) =>
        {
            if (expected.Span.Slice((int)offset, piece.Length).SequenceEqual(piece)) good += piece.Length;
        }, ct);
        if (status == 200 && good != options.SizeBytes) throw new InvalidDataException($"GET {key} returned other bytes than were put");
        return status;
    }

    /// <summary>As many bytes from there as the options say.</summary>
    public async ValueTask<int> GetRangeAsync(string key, int index, long offset, CancellationToken ct)
    {
        var expected = payload.AsMemory((options.SignPayload ? 0 : Offset(index)) + (int)offset, (int)options.RangeBytes);
        long good = 0;
        var range = string.Create(CultureInfo.InvariantCulture, $"Range: bytes={offset}-{offset + options.RangeBytes - 1}\r\n");
        var status = await SendAsync("GET", Path(key), "", default, !options.Verify ? null : (piece, at) =>
        {
            if (expected.Span.Slice((int)at, piece.Length).SequenceEqual(piece)) good += piece.Length;
        }, ct, range);
        if (options.Verify && status == 206 && good != options.RangeBytes) throw new InvalidDataException($"GET {key} returned other bytes than were put");
        return status;
    }

    private IReadOnlyList<(string Name, string Value)> HeadersOf(string method, string path) => options.Encryption switch
    {
        LoadEncryption.S3 when method == "PUT" && IsObject(path) => StoreKey,
        LoadEncryption.C when method is "PUT" or "GET" && IsObject(path) => CustomerKey,
        _ => [],
    };

    private static bool IsObject(string path) => path.LastIndexOf('/') > 0;

    public ValueTask<int> DeleteAsync(string key, CancellationToken ct) => SendAsync("DELETE", Path(key), "", default, null, ct);

    /// <summary>One page of 1,000 keys after <paramref name="after"/>.</summary>
    public async ValueTask<(int Status, int Keys, string? Last)> ListAsync(string after, CancellationToken ct)
    {
        var page = new MemoryStream(512 * 1024);
        var status = await SendAsync("GET", "/" + contender.Bucket,
            "list-type=2&max-keys=1000" + (after.Length == 0 ? "" : "&start-after=" + Uri.EscapeDataString(after)), default,
            (piece, _) => page.Write(piece), ct);
        return CountKeys(status, page.GetBuffer().AsSpan(0, (int)page.Length));
    }

    private static (int Status, int Keys, string? Last) CountKeys(int status, ReadOnlySpan<byte> xml)
    {
        int keys = xml.Count("<Key>"u8), last = xml.LastIndexOf("<Key>"u8);
        if (last < 0) return (status, 0, null);
        var rest = xml[(last + 5)..];
        return (status, keys, Encoding.UTF8.GetString(rest[..rest.IndexOf("</Key>"u8)]));
    }

    public void Dispose() => _connection.Dispose();

    private string Path(string key) => $"/{contender.Bucket}/{key}";

    private static int Offset(int index) => (int)((long)index * 4096 % PayloadSlackBytes);

    private ValueTask<int> SendAsync(string method, string path, string query, ReadOnlyMemory<byte> body, HttpConnection.BodySink? sink, CancellationToken ct, string unsignedHeaders = "")
    {
        var hash = body.Length == 0 || !options.SignPayload ? SigV4Signer.UnsignedPayload
            : _payloadHash ??= SigV4Signer.Hex(SHA256.HashData(body.Span));
        // The canonical query is sorted by name.
        var canonical = string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        var signed = signer.Sign(method, _host, path, canonical, hash, DateTimeOffset.UtcNow, HeadersOf(method, path));
        var target = canonical.Length == 0 ? path : path + "?" + canonical;
        var head = string.Create(CultureInfo.InvariantCulture, $"{method} {target} HTTP/1.1\r\nHost: {_host}\r\nContent-Length: {body.Length}\r\n{unsignedHeaders}{signed}");
        return _connection.SendAsync(head, body, sink, ct);
    }
}
