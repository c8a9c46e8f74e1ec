using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Client;

/// <summary>
/// Signs a body chunk by chunk while it is sent, each signature over the one before (STREAMING-AWS4-HMAC-SHA256-PAYLOAD): a server that checks
/// them stores nothing that was changed or cut on the way, over http as over https. For one body, from its beginning to its end.
/// </summary>
public sealed class ChunkSigner
{
    /// <summary>What stands for the body's hash.</summary>
    public const string ContentHash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

    private const string Algorithm = "AWS4-HMAC-SHA256-PAYLOAD";
    private static readonly string EmptyHash = Convert.ToHexStringLower(SHA256.HashData([]));

    private readonly byte[] _key;
    private readonly string _head;
    private string _previous;

    internal ChunkSigner(byte[] key, string time, string scope, string seed) => (_key, _head, _previous) = (key, $"{Algorithm}\n{time}\n{scope}\n", seed);

    /// <summary>One that goes on behind another signature than the request's.</summary>
    internal ChunkSigner After(string signature)
    {
        _previous = signature;
        return this;
    }

    /// <summary>The signature of the next chunk, in small hexadecimal digits; of an empty one at the end.</summary>
    public string Sign(ReadOnlySpan<byte> chunk)
    {
        var toSign = $"{_head}{_previous}\n{EmptyHash}\n{Convert.ToHexStringLower(SHA256.HashData(chunk))}";
        return _previous = Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(toSign)));
    }
}
