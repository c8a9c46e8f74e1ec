using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace ObjectStore.Server.Iam;

/// <summary>A provider's public keys (RFC 7517). Those of other kinds and for other uses are left out.</summary>
internal sealed class JsonWebKeySet : IDisposable
{
    /// <summary>Most keys that are kept.</summary>
    public const int MaxKeys = 64;

    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;

    private readonly List<Key> _keys = [];

    public int Count => _keys.Count;

    /// <summary>Null for what is no key set. Any bytes may come.</summary>
    public static JsonWebKeySet? Parse(ReadOnlyMemory<byte> json)
    {
        using var document = StrictJson.ParseObject(json);
        if (document is null || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array) return null;
        var set = new JsonWebKeySet();
        foreach (var element in keys.EnumerateArray())
        {
            if (set._keys.Count < MaxKeys && ReadKey(element) is { } key) set._keys.Add(key);
        }
        return set;
    }

    public bool Contains(string? keyId) => keyId is null || _keys.Any(key => key.Id == keyId);

    /// <summary>Whether one of the keys that the token can mean has made its signature.</summary>
    public bool Verifies(JsonWebToken token)
    {
        foreach (var key in _keys)
        {
            if ((token.KeyId is null || key.Id == token.KeyId) && key.Verifies(token)) return true;
        }
        return false;
    }

    public void Dispose()
    {
        foreach (var key in _keys) key.Algorithm.Dispose();
    }

    private static Key? ReadKey(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || element.Text("use") is not (null or "sig")) return null;
        try
        {
            AsymmetricAlgorithm? algorithm = element.Text("kty") switch
            {
                "RSA" => ReadRsa(element),
                "EC" => ReadEc(element),
                _ => null,
            };
            return algorithm is null ? null : new Key(element.Text("kid"), element.Text("alg"), element.Text("crv"), algorithm);
        }
        catch (CryptographicException)
        {
            // Numbers that are no key.
            return null;
        }
    }

    private static RSA? ReadRsa(JsonElement element)
    {
        if (Number(element, "n") is not { } modulus || Number(element, "e") is not { } exponent) return null;
        if (modulus.Length * 8 is < MinRsaBits or > MaxRsaBits || exponent.Length > 8) return null;
        return RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
    }

    private static ECDsa? ReadEc(JsonElement element)
    {
        ECCurve? curve = element.Text("crv") switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            _ => null,
        };
        return curve is null || Number(element, "x") is not { } x || Number(element, "y") is not { } y
            ? null
            : ECDsa.Create(new ECParameters { Curve = curve.Value, Q = new ECPoint { X = x, Y = y } });
    }

    private static byte[]? Number(JsonElement element, string name) =>
        element.Text(name) is { Length: > 0 and < 4096 } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;

    private sealed record Key(string? Id, string? OnlyAlgorithm, string? Curve, AsymmetricAlgorithm Algorithm)
    {
        // An algorithm is not safe for several threads at once.
        private readonly Lock _using = new();

        public bool Verifies(JsonWebToken token)
        {
            if (OnlyAlgorithm is not null && OnlyAlgorithm != token.Algorithm) return false;
            var hash = JwsAlgorithms.HashOf(token.Algorithm);
            lock (_using)
            {
                return Algorithm switch
                {
                    RSA rsa when JwsAlgorithms.IsRsa(token.Algorithm) =>
                        rsa.VerifyData(token.Signed.Span, token.Signature.Span, hash, JwsAlgorithms.PaddingOf(token.Algorithm)),
                    ECDsa ec when !JwsAlgorithms.IsRsa(token.Algorithm) && Curve == JwsAlgorithms.CurveOf(token.Algorithm) =>
                        ec.VerifyData(token.Signed.Span, token.Signature.Span, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                    _ => false,
                };
            }
        }
    }
}
