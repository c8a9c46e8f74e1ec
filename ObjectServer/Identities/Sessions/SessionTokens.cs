using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Identities;

/// <summary>
/// Session tokens: what there is to know of a session, sealed with AES-256-GCM under a key that the store made once. So a session needs no row, and
/// nobody else can make or read a token. Form: base64url of version (1), nonce (12), ciphertext, tag (16).
/// </summary>
internal sealed class SessionTokens(ReadOnlyMemory<byte> key, IdentityIds ids) : IDisposable
{
    public const int KeyBytes = 32;

    /// <summary>Longest token that is looked at. The longest that is given out holds a session policy, ten ARNs and fifty tags.</summary>
    public const int MaxLength = 16 * 1024;

    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int CheckBytes = 16;

    private readonly AesGcm _cipher = new(key.Span, TagBytes);

    public string Seal(SessionTokenRecord session)
    {
        var plain = session.ToByteArray();
        var sealedBytes = new byte[1 + NonceBytes + plain.Length + TagBytes];
        sealedBytes[0] = Version;
        // Random nonces are safe for 2^32 tokens under one key.
        var nonce = sealedBytes.AsSpan(1, NonceBytes);
        ids.Random(NonceBytes).CopyTo(nonce);
        lock (_cipher)
        {
            _cipher.Encrypt(nonce, plain, sealedBytes.AsSpan(1 + NonceBytes, plain.Length), sealedBytes.AsSpan(sealedBytes.Length - TagBytes), [Version]);
        }
        return Base64Url.EncodeToString(sealedBytes);
    }

    /// <summary>Null for whatever was not sealed here. Any text may come.</summary>
    public SessionTokenRecord? Open(string token)
    {
        if (token.Length is 0 or > MaxLength || !Base64Url.IsValid(token)) return null;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length < 1 + NonceBytes + TagBytes || bytes[0] != Version) return null;
        var plain = new byte[bytes.Length - 1 - NonceBytes - TagBytes];
        try
        {
            lock (_cipher)
            {
                _cipher.Decrypt(bytes.AsSpan(1, NonceBytes), bytes.AsSpan(1 + NonceBytes, plain.Length), bytes.AsSpan(bytes.Length - TagBytes), plain, [Version]);
            }
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        return SessionTokenRecord.Parser.ParseFrom(plain);
    }

    /// <summary>Says whether a secret is still the same, without telling it.</summary>
    public byte[] CheckOf(ReadOnlySpan<byte> secret) => HMACSHA256.HashData(key.Span, secret)[..CheckBytes];

    public void Dispose() => _cipher.Dispose();
}
