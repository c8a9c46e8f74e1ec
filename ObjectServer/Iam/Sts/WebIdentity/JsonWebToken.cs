using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace ObjectStore.Server.Iam;

/// <summary>A signed JSON Web Token (RFC 7519, in JWS compact form), taken apart; nothing of it is verified yet.</summary>
internal sealed class JsonWebToken : IDisposable
{
    /// <summary>STS takes 4 to 20,000 characters.</summary>
    public const int MaxLength = 20_000;

    private readonly JsonDocument _payload;

    private JsonWebToken(string algorithm, string? keyId, JsonDocument payload, byte[] signed, byte[] signature)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        _payload = payload;
        Signed = signed;
        Signature = signature;
    }

    /// <summary>One of <see cref="JwsAlgorithms"/>.</summary>
    public string Algorithm { get; }

    /// <summary>Null if the token names none.</summary>
    public string? KeyId { get; }

    public JsonElement Claims => _payload.RootElement;

    /// <summary>The bytes that the signature covers.</summary>
    public ReadOnlyMemory<byte> Signed { get; }

    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Null for whatever is no token of an algorithm that is taken. Any text may come.</summary>
    public static JsonWebToken? Parse(string text)
    {
        if (text.Length is 0 or > MaxLength || !Ascii.IsValid(text)) return null;
        var first = text.IndexOf('.', StringComparison.Ordinal);
        var second = first < 0 ? -1 : text.IndexOf('.', first + 1);
        if (second < 0 || text.IndexOf('.', second + 1) >= 0) return null;
        var header = Decode(text.AsSpan(0, first));
        var payload = Decode(text.AsSpan(first + 1, second - first - 1));
        var signature = Decode(text.AsSpan(second + 1));
        if (header is null || payload is null || signature is null) return null;

        using var headerDocument = StrictJson.ParseObject(header);
        if (headerDocument?.RootElement is not { } parameters) return null;
        // What a critical extension says, nobody here understands (RFC 7515, 4.1.11).
        if (parameters.TryGetProperty("crit", out _)) return null;
        if (parameters.Text("alg") is not { } algorithm || !JwsAlgorithms.IsKnown(algorithm)) return null;
        var payloadDocument = StrictJson.ParseObject(payload);
        return payloadDocument is null
            ? null
            : new JsonWebToken(algorithm, parameters.Text("kid"), payloadDocument, Encoding.ASCII.GetBytes(text, 0, second), signature);
    }

    public void Dispose() => _payload.Dispose();

    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        // Without padding and without white space, which the decoder would take.
        if (text.ContainsAny(" \t\r\n=") || !Base64Url.IsValid(text)) return null;
        return Base64Url.DecodeFromChars(text);
    }
}
