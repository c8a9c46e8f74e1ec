using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Wrapping keys in a local JSON file: {"default": "id", "keys": {"id": "base64 of 32 bytes", ...}}. Whoever reads it can
/// read every object that the store encrypts, and without it nobody can: keep a copy away from the drives.
/// </summary>
internal sealed class KeyFile : IKeyManager
{
    /// <summary>The only key of a file that is made here.</summary>
    public const string FirstKeyId = "default";

    /// <summary>An id stands in rows of the metadata and in the tags of shards.</summary>
    public const int MaxIdBytes = 256;

    private const int MaxFileBytes = 1 << 20;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Dictionary<string, WrappingKey> _keys;

    private KeyFile(string defaultKeyId, Dictionary<string, WrappingKey> keys)
    {
        DefaultKeyId = defaultKeyId;
        _keys = keys;
    }

    public string DefaultKeyId { get; }

    public IReadOnlyCollection<string> KeyIds => _keys.Keys;

    /// <summary>Reads the file; makes one with a fresh key when there is none.</summary>
    /// <exception cref="InvalidDataException">It is there and is no key file; says what is wrong.</exception>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static KeyFile OpenOrCreate(string path)
    {
        if (!File.Exists(path)) Create(path);
        var info = new FileInfo(path);
        if (info.Length > MaxFileBytes) throw new InvalidDataException($"{path} is longer than {MaxFileBytes} bytes.");
        if ((File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            throw new InvalidDataException($"{path} holds keys and can be read by others: chmod 600 it.");
        return Parse(path, File.ReadAllBytes(path));
    }

    public ValueTask<bool> HasKeyAsync(string keyId, CancellationToken ct) => new(_keys.ContainsKey(keyId));

    public ValueTask<byte[]> WrapAsync(string keyId, ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> boundTo, CancellationToken ct) =>
        new(Key(keyId).Wrap(dataKey.Span, boundTo.Span));

    public ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> boundTo, CancellationToken ct) =>
        new(Key(keyId).Unwrap(wrapped.Span, boundTo.Span)
            ?? throw new KeyManagerException(isTransient: false, $"The key '{keyId}' is not the one that wrapped this object's data key, or the wrapped key was changed."));

    /// <summary>HMAC-SHA256 of <paramref name="text"/>, keyed with one of the keys.</summary>
    public byte[] Digest(string keyId, ReadOnlySpan<byte> text) => HMACSHA256.HashData(Key(keyId).Bytes, text);

    private WrappingKey Key(string keyId) =>
        _keys.GetValueOrDefault(keyId) ?? throw new KeyManagerException(isTransient: false, $"There is no key '{keyId}'.");

    private static KeyFile Parse(string path, byte[] json)
    {
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize(json, KeyFileJson.Default.Document);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no key file: {e.Message}", e);
        }
        var keys = new Dictionary<string, WrappingKey>(StringComparer.Ordinal);
        foreach (var (id, text) in document?.Keys ?? [])
        {
            var key = new byte[KeyWrap.KeyBytes];
            if (Encoding.UTF8.GetByteCount(id) is 0 or > MaxIdBytes) throw new InvalidDataException($"The id '{id}' in {path} is empty or longer than {MaxIdBytes} bytes.");
            if (text is null || !Convert.TryFromBase64String(text, key, out var length) || length != key.Length)
                throw new InvalidDataException($"The key '{id}' in {path} is not the base64 of {KeyWrap.KeyBytes} bytes.");
            keys.Add(id, new WrappingKey(key));
        }
        if (document?.Default is not { } first || !keys.ContainsKey(first))
            throw new InvalidDataException($"{path} must name one of its keys as \"default\".");
        return new KeyFile(first, keys);
    }

    /// <summary>Durable under its name before it is used: an object sealed under a lost key is lost.</summary>
    private static void Create(string path)
    {
        var key = RandomNumberGenerator.GetBytes(KeyWrap.KeyBytes);
        var document = new Document { Default = FirstKeyId, Keys = new() { [FirstKeyId] = Convert.ToBase64String(key) } };
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var parents = MissingOf(directory);
        Directory.CreateDirectory(directory);
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            JsonSerializer.Serialize(file, document, KeyFileJson.Default.Document);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: false);
        var files = new Storage.IO.LinuxFileSystem();
        files.SyncDirectory(directory);
        foreach (var parent in parents) files.SyncDirectory(parent);
    }

    /// <summary>The directories in which a name will be made, so that <paramref name="directory"/> is there.</summary>
    private static List<string> MissingOf(string directory)
    {
        var parents = new List<string>();
        for (var missing = directory; !Directory.Exists(missing) && Path.GetDirectoryName(missing) is { } parent; missing = parent) parents.Add(parent);
        return parents;
    }

    /// <summary>A key with a cipher that is kept for the next call: to make one costs as much as what it is used for. For any number of threads.</summary>
    private sealed class WrappingKey(byte[] bytes)
    {
        private AesGcm? _idle;

        public ReadOnlySpan<byte> Bytes => bytes;

        public byte[] Wrap(ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> boundTo)
        {
            var cipher = Take();
            try
            {
                return KeyWrap.Wrap(cipher, dataKey, boundTo);
            }
            finally
            {
                Return(cipher);
            }
        }

        public byte[]? Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> boundTo)
        {
            var cipher = Take();
            try
            {
                return KeyWrap.Unwrap(cipher, wrapped, boundTo);
            }
            finally
            {
                Return(cipher);
            }
        }

        private AesGcm Take() => Interlocked.Exchange(ref _idle, null) ?? KeyWrap.NewCipher(bytes);

        private void Return(AesGcm cipher) => Interlocked.Exchange(ref _idle, cipher)?.Dispose();
    }

    internal sealed class Document
    {
        [JsonPropertyName("default")]
        public string? Default { get; set; }

        [JsonPropertyName("keys")]
        public Dictionary<string, string>? Keys { get; set; }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(KeyFile.Document))]
internal sealed partial class KeyFileJson : JsonSerializerContext;
