using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Seals what the server itself has to keep and use again, such as passwords of other servers, so that the metadata alone do not give it away:
/// under a fresh data key each, which the store's key manager wraps. docs/formats/encryption.md draws it.
/// </summary>
/// <param name="manager">Null where none is configured: then nothing can be sealed.</param>
internal sealed class SecretSealer(IKeyManager? manager)
{
    /// <summary>Longest secret, in bytes of UTF-8.</summary>
    public const int MaxSecretBytes = 4096;

    /// <summary>What to tell whoever wants a secret kept where there is no key.</summary>
    public const string NeedsKey = "This server has no key to seal secrets under. Start it with --kms-key-file FILE (which is made when missing) or --vault-address URL.";

    public bool CanSeal => manager is not null;

    /// <param name="boundTo">Whose secret it is, such as "remote/NAME": what is moved to another row does not open.</param>
    /// <exception cref="KeyManagerException">There is no key (<see cref="NeedsKey"/>), or it cannot be used now.</exception>
    public async ValueTask<SealedSecretRecord> SealAsync(string secret, string boundTo, CancellationToken ct)
    {
        if (manager is null) throw new KeyManagerException(isTransient: false, NeedsKey);
        var plain = Encoding.UTF8.GetBytes(secret);
        var key = RandomNumberGenerator.GetBytes(KeyWrap.KeyBytes);
        try
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(plain.Length, MaxSecretBytes, nameof(secret));
            var binding = Binding(boundTo);
            var wrapped = await manager.WrapAsync(manager.DefaultKeyId, key, binding, ct);
            var sealedBytes = new byte[AesGcm.NonceByteSizes.MaxSize + plain.Length + AesGcm.TagByteSizes.MaxSize];
            var nonce = sealedBytes.AsSpan(0, AesGcm.NonceByteSizes.MaxSize);
            RandomNumberGenerator.Fill(nonce);
            using var aes = new AesGcm(key, AesGcm.TagByteSizes.MaxSize);
            aes.Encrypt(nonce, plain, sealedBytes.AsSpan(nonce.Length, plain.Length), sealedBytes.AsSpan(nonce.Length + plain.Length), binding);
            return new SealedSecretRecord { KeyId = manager.DefaultKeyId, WrappedKey = ByteString.CopyFrom(wrapped), Sealed = ByteString.CopyFrom(sealedBytes) };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <exception cref="KeyManagerException">It cannot be opened now, or never: there is no key, it is another one, or the record was changed.</exception>
    public async ValueTask<string> OpenAsync(SealedSecretRecord record, string boundTo, CancellationToken ct)
    {
        if (manager is null) throw new KeyManagerException(isTransient: false, $"A secret was sealed under the key '{record.KeyId}', and this server has none. Start it with the key that it had before.");
        var binding = Binding(boundTo);
        var key = await manager.UnwrapAsync(record.KeyId, record.WrappedKey.Memory, binding, ct);
        try
        {
            var length = record.Sealed.Length - AesGcm.NonceByteSizes.MaxSize - AesGcm.TagByteSizes.MaxSize;
            if (length < 0) throw Changed();
            var nonce = record.Sealed.Span[..AesGcm.NonceByteSizes.MaxSize];
            var rest = record.Sealed.Span[nonce.Length..];
            var plain = new byte[length];
            using var aes = new AesGcm(key, AesGcm.TagByteSizes.MaxSize);
            aes.Decrypt(nonce, rest[..length], rest[length..], plain, binding);
            var secret = Encoding.UTF8.GetString(plain);
            CryptographicOperations.ZeroMemory(plain);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw Changed();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Binding(string boundTo) => Encoding.UTF8.GetBytes("objectstore secret\0" + boundTo);

    private static KeyManagerException Changed() => new(isTransient: false, "A sealed secret was changed, or is another's.");
}
