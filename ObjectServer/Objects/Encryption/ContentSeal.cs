using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ObjectStore.Server.Objects;

/// <summary>
/// An open data key and what it is bound to. Each content, and each inlined body, is sealed under a key of its own, which
/// HKDF-SHA256 derives from the data key, the content's id (or a salt, when inlined) and the binding. A content id is never
/// used twice, so chunks are simply numbered:
/// <code>
/// | chunk 0: 64 KiB sealed, tag 16 | chunk 1 | ... | last: 1 B to 64 KiB sealed, tag 16 |   nonce = 4 zero bytes, chunk number
/// </code>
/// docs/formats/encryption.md draws it. Dispose it: it clears the key.
/// </summary>
internal sealed class ContentSeal : IDisposable
{
    public const int ChunkBytes = 64 * 1024;
    public const int TagBytes = 16;
    public const int SealedChunkBytes = ChunkBytes + TagBytes;
    public const int BindingBytes = 16;

    private readonly byte[] _dataKey;
    private readonly byte[] _binding;

    /// <param name="dataKey">Taken over: cleared when this is disposed.</param>
    public ContentSeal(byte[] dataKey, byte[] binding)
    {
        _dataKey = dataKey;
        _binding = binding;
    }

    internal ReadOnlyMemory<byte> DataKey => _dataKey;

    internal ReadOnlyMemory<byte> Binding => _binding;

    /// <summary>The length of what is stored for <paramref name="plainBytes"/>.</summary>
    public static long SealedLength(long plainBytes) => plainBytes + ((plainBytes + ChunkBytes - 1) / ChunkBytes * TagBytes);

    public static long PlainLength(long sealedBytes) => sealedBytes - ((sealedBytes + SealedChunkBytes - 1) / SealedChunkBytes * TagBytes);

    /// <summary>A cipher for one content. Not for use by several threads at once. Dispose it.</summary>
    /// <param name="salt">The content's id, or the salt of inlined bytes.</param>
    public AesGcm CipherOf(ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[KeyWrap.KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _dataKey, key, salt, _binding);
        try
        {
            return new AesGcm(key, TagBytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>
    /// Stands for the MD5 of bytes that their writer keeps secret: it tells nothing of them to who does not have the key,
    /// and equal bodies of one upload still have equal ETags.
    /// </summary>
    public byte[] ETagOf(ReadOnlySpan<byte> md5) => HMACSHA256.HashData(_dataKey, md5)[..16];

    /// <param name="destination">16 bytes longer than the chunk.</param>
    public static void Seal(AesGcm cipher, long chunk, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce, chunk);
        cipher.Encrypt(nonce, plain, destination[..plain.Length], destination.Slice(plain.Length, TagBytes));
    }

    /// <exception cref="AuthenticationTagMismatchException">The bytes are not what was sealed as this chunk.</exception>
    public static void Open(AesGcm cipher, long chunk, ReadOnlySpan<byte> sealedChunk, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[12];
        WriteNonce(nonce, chunk);
        var length = sealedChunk.Length - TagBytes;
        cipher.Decrypt(nonce, sealedChunk[..length], sealedChunk[length..], plain[..length]);
    }

    /// <summary>Opens all chunks of what was inlined, to the beginning of <paramref name="plain"/>.</summary>
    /// <exception cref="AuthenticationTagMismatchException">The bytes are not what was sealed.</exception>
    public static void OpenAll(AesGcm cipher, ReadOnlySpan<byte> sealedBytes, Span<byte> plain)
    {
        for (var chunk = 0; !sealedBytes.IsEmpty; chunk++)
        {
            var length = Math.Min(SealedChunkBytes, sealedBytes.Length);
            Open(cipher, chunk, sealedBytes[..length], plain[(chunk * ChunkBytes)..]);
            sealedBytes = sealedBytes[length..];
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_dataKey);

    private static void WriteNonce(Span<byte> nonce, long chunk)
    {
        nonce[..4].Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[4..], chunk);
    }
}
