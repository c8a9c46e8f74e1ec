using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// A continuation token: where the next page begins. Opaque to clients, and checked, so that a token that was cut, changed or
/// taken from another bucket is refused instead of starting somewhere else. It grants nothing: whoever may list may start anywhere.
/// <code>
/// base64url( version 1 · position (UTF-8) · 8 bytes of SHA-256(scope 00 version position) )
/// </code>
/// </summary>
internal static class ListingToken
{
    private const byte Version = 1;
    private const int CheckBytes = 8;

    /// <param name="scope">What the token is for: the operation and the bucket.</param>
    /// <param name="position">Last key or common prefix of the page.</param>
    public static string Encode(string scope, string position)
    {
        var text = Encoding.UTF8.GetBytes(position);
        var token = new byte[1 + text.Length + CheckBytes];
        token[0] = Version;
        text.CopyTo(token, 1);
        Check(scope, token.AsSpan(0, 1 + text.Length)).CopyTo(token.AsSpan(1 + text.Length));
        return Base64Url.EncodeToString(token);
    }

    public static bool TryDecode(string scope, string token, [NotNullWhen(true)] out string? position)
    {
        position = null;
        if (token.Length > 4 * Names.MaxKeyBytes || !Base64Url.IsValid(token, out var length) || length < 1 + CheckBytes)
            return false;

        var bytes = Base64Url.DecodeFromChars(token);
        var body = bytes.AsSpan(0, bytes.Length - CheckBytes);
        if (body[0] != Version || !Check(scope, body).SequenceEqual(bytes.AsSpan(body.Length)))
            return false;

        position = Encoding.UTF8.GetString(body[1..]);
        return true;
    }

    private static ReadOnlySpan<byte> Check(string scope, ReadOnlySpan<byte> body) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(scope), 0, .. body]).AsSpan(0, CheckBytes);
}
