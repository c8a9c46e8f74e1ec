using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// Derived signing keys by credential, date, region and service: four HMACs that a client repeats all day. Only known
/// access keys get here, and the cache is emptied when it is full, so that it is bounded by <see cref="Capacity"/>.
/// </summary>
internal sealed class SigningKeyCache
{
    /// <summary>8 days of presigned dates for a thousand active keys, at about 200 bytes each.</summary>
    public const int Capacity = 8192;

    private readonly ConcurrentDictionary<Key, byte[]> _keys = new();
    private int _count;

    /// <param name="region">One of few instances: the configured one.</param>
    public byte[] Get(Credential credential, ReadOnlySpan<char> date, string region, string service)
    {
        var key = new Key(credential, DateNumber(date), region, service);
        if (_keys.TryGetValue(key, out var found)) return found;

        var derived = Derive(credential.SecretSeed, date, region, service);
        if (Interlocked.Increment(ref _count) > Capacity)
        {
            _keys.Clear();
            Interlocked.Exchange(ref _count, 1);
        }
        _keys[key] = derived;
        return derived;
    }

    /// <summary>HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request").</summary>
    public static byte[] Derive(ReadOnlySpan<byte> seed, ReadOnlySpan<char> date, string region, string service)
    {
        Span<byte> key = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> text = stackalloc byte[256];
        HMACSHA256.HashData(seed, text[..Encoding.UTF8.GetBytes(date, text)], key);
        HMACSHA256.HashData(key, text[..Encoding.UTF8.GetBytes(region, text)], key);
        HMACSHA256.HashData(key, text[..Encoding.UTF8.GetBytes(service, text)], key);
        HMACSHA256.HashData(key, "aws4_request"u8, key);
        return key.ToArray();
    }

    private static int DateNumber(ReadOnlySpan<char> date)
    {
        var number = 0;
        foreach (var digit in date) number = (number * 10) + (digit - '0');
        return number;
    }

    private readonly record struct Key(Credential Credential, int Date, string Region, string Service);
}
