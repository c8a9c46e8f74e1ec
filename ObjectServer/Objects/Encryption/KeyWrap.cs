using System.Security.Cryptography;

namespace ObjectStore.Server.Objects;

/// <summary>
/// A data key under a wrapping key, by AES-256-GCM:
/// <code>
/// | 0: version, 1 | 1..12: nonce, random | 13..44: sealed data key | 45..60: tag |
/// </code>
/// The nonce is random: a wrapping key seals far less than the 2^32 messages that NIST SP 800-38D allows for random nonces.
/// </summary>
internal static class KeyWrap
{
    public const int KeyBytes = 32;

    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int WrappedBytes = 1 + NonceBytes + KeyBytes + TagBytes;

    public static byte[] Wrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> boundTo)
    {
        using var cipher = NewCipher(wrappingKey);
        return Wrap(cipher, dataKey, boundTo);
    }

    /// <summary>Null if the key, or what it is bound to, is another one, or the bytes were changed.</summary>
    public static byte[]? Unwrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> boundTo)
    {
        using var cipher = NewCipher(wrappingKey);
        return Unwrap(cipher, wrapped, boundTo);
    }

    /// <summary>For one call at a time.</summary>
    public static AesGcm NewCipher(ReadOnlySpan<byte> wrappingKey) => new(wrappingKey, TagBytes);

    public static byte[] Wrap(AesGcm cipher, ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> boundTo)
    {
        var wrapped = new byte[WrappedBytes];
        wrapped[0] = Version;
        var nonce = wrapped.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        cipher.Encrypt(nonce, dataKey, wrapped.AsSpan(1 + NonceBytes, KeyBytes), wrapped.AsSpan(1 + NonceBytes + KeyBytes), boundTo);
        return wrapped;
    }

    /// <summary>Null if the key, or what it is bound to, is another one, or the bytes were changed.</summary>
    public static byte[]? Unwrap(AesGcm cipher, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> boundTo)
    {
        if (wrapped.Length != WrappedBytes || wrapped[0] != Version) return null;
        var dataKey = new byte[KeyBytes];
        try
        {
            cipher.Decrypt(wrapped.Slice(1, NonceBytes), wrapped.Slice(1 + NonceBytes, KeyBytes), wrapped[(1 + NonceBytes + KeyBytes)..], dataKey, boundTo);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        return dataKey;
    }
}
