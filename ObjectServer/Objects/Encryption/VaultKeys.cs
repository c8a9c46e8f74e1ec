using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Wrapping keys in the transit engine of a Vault, which wraps and unwraps and never tells them. What it is given to wrap is the data
/// key and a digest that is keyed with it, of what it is bound to: an answer that is not the key that was wrapped is not taken for it,
/// whatever Vault says and whether or not it knows of associated data. docs/formats/encryption.md draws it.
/// </summary>
internal sealed class VaultKeys : IKeyManager, IAsyncDisposable
{
    private const int DigestBytes = 32;
    private const int MaxCiphertextChars = 4096;
    private const int MaxKnownNames = 1000;
    private const int BadRequest = 400;
    private const int Forbidden = 403;
    private const int NotFound = 404;

    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(1);

    private readonly VaultOptions _options;
    private readonly VaultClient _client;
    private readonly VaultToken _token;
    private readonly DataKeyCache _cache;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly Task _renewing;
    private bool _isDown;

    /// <exception cref="IOException">The file of certificates cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    /// <exception cref="CryptographicException">It holds none.</exception>
    public VaultKeys(VaultOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _client = new VaultClient(options);
        _token = new VaultToken(options, _client, time);
        _cache = new DataKeyCache(options.CacheSize, options.CacheTime, time);
        _renewing = Task.Run(RenewAsync, CancellationToken.None);
    }

    public string DefaultKeyId => _options.DefaultKey;

    /// <summary>Whether these bytes look as if they had been wrapped by a Vault, and not by a key file.</summary>
    public static bool IsWrapped(ReadOnlySpan<byte> wrapped) => wrapped.StartsWith("vault:v"u8);

    /// <remarks>Encrypting with a name that is none makes a key of that name where the token may: so it is asked for first.</remarks>
    public async ValueTask<bool> HasKeyAsync(string keyId, CancellationToken ct)
    {
        if (!VaultOptions.IsName(keyId)) return false;
        if (IsKnown(keyId)) return true;
        var reply = await SendAsync($"{_options.Mount}/keys/{keyId}", null, ct);
        if (reply.Status == NotFound) return false;
        if (!reply.IsOk || reply.Answer.Data is not { } data || data.Name != keyId) throw Wrong(reply);
        // A derived key wants a context with each call.
        if (data.SupportsEncryption == false || data.IsDerived == true)
            throw new KeyManagerException(isTransient: false, $"The key '{keyId}' is of a type that cannot wrap data keys.");
        SetKnown(keyId);
        return true;
    }

    public async ValueTask<byte[]> WrapAsync(string keyId, ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> boundTo, CancellationToken ct)
    {
        if (!VaultOptions.IsName(keyId)) throw NoKey(keyId);
        byte[] content = [.. dataKey.Span, .. DigestOf(dataKey.Span, boundTo.Span)];
        var reply = await SendAsync($"{_options.Mount}/encrypt/{keyId}", new VaultRequest { Plaintext = Convert.ToBase64String(content) }, ct);
        CryptographicOperations.ZeroMemory(content);
        if (reply.Status == NotFound || reply.Answer.Says("not found")) throw NoKey(keyId);
        if (!reply.IsOk || reply.Answer.Data?.Ciphertext is not { Length: <= MaxCiphertextChars } ciphertext || !Ascii.IsValid(ciphertext)) throw Wrong(reply);
        var wrapped = Encoding.ASCII.GetBytes(ciphertext);
        if (!IsWrapped(wrapped)) throw Wrong(reply);
        // What cannot be opened again now never will: nothing may be sealed under it.
        var opened = await DecryptAsync(keyId, wrapped, boundTo, ct);
        var isSame = CryptographicOperations.FixedTimeEquals(opened, dataKey.Span);
        CryptographicOperations.ZeroMemory(opened);
        if (!isSame) throw VaultClient.Unavailable("what it wrapped it opens as something else");
        _cache.Add(keyId, wrapped, boundTo.Span, dataKey.Span);
        return wrapped;
    }

    public async ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> boundTo, CancellationToken ct)
    {
        if (!VaultOptions.IsName(keyId)) throw NoKey(keyId);
        if (_cache.Find(keyId, wrapped.Span, boundTo.Span) is { } known) return known;
        if (!IsWrapped(wrapped.Span)) throw new KeyManagerException(isTransient: false, $"The data key of this object was wrapped under the key '{keyId}' of a key file, and not by Vault.");
        var dataKey = await DecryptAsync(keyId, wrapped, boundTo, ct);
        _cache.Add(keyId, wrapped.Span, boundTo.Span, dataKey);
        return dataKey;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        _cache.Dispose();
        _token.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }

    private async ValueTask<byte[]> DecryptAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> boundTo, CancellationToken ct)
    {
        var reply = await SendAsync($"{_options.Mount}/decrypt/{keyId}", new VaultRequest { Ciphertext = Encoding.ASCII.GetString(wrapped.Span) }, ct);
        if (reply.Status == NotFound || reply.Answer.Says("not found")) throw NoKey(keyId);
        if (reply.Status == BadRequest && reply.Answer.Says("too old"))
            throw new KeyManagerException(isTransient: false, $"The key '{keyId}' no longer decrypts what its old versions wrapped (min_decryption_version).");
        if (reply.Status == BadRequest) throw new KeyManagerException(isTransient: false, $"The key '{keyId}' does not open this object's data key.");
        if (!reply.IsOk || reply.Answer.Data?.Plaintext is not { } text) throw Wrong(reply);
        var content = new byte[KeyWrap.KeyBytes + DigestBytes];
        try
        {
            if (!Convert.TryFromBase64String(text, content, out var length) || length != content.Length || !IsOf(content, boundTo.Span))
                throw new KeyManagerException(isTransient: false, $"What the key '{keyId}' opened is not this object's data key.");
            return content[..KeyWrap.KeyBytes];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static bool IsOf(ReadOnlySpan<byte> content, ReadOnlySpan<byte> boundTo) =>
        CryptographicOperations.FixedTimeEquals(content[KeyWrap.KeyBytes..], DigestOf(content[..KeyWrap.KeyBytes], boundTo));

    private static byte[] DigestOf(ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> boundTo) =>
        HMACSHA256.HashData(dataKey, [.. "objectstore wrapped data key\0"u8, .. boundTo]);

    /// <summary>With a token, and with another one where that is refused.</summary>
    private async ValueTask<VaultReply> SendAsync(string path, VaultRequest? body, CancellationToken ct)
    {
        try
        {
            var token = await _token.GetAsync(ct);
            var reply = await _client.SendAsync(path, token.Reveal(), body, ct);
            if (reply.Status == Forbidden)
            {
                _token.Refuse(token);
                reply = await _client.SendAsync(path, (await _token.GetAsync(ct)).Reveal(), body, ct);
            }
            if (reply.Answer.Says("no handler for route")) throw VaultClient.Unavailable("it has no transit engine where the server was told of one");
            if (reply.Status == Forbidden) throw VaultClient.Unavailable("it does not let the server use this key");
            NoteUp();
            return reply;
        }
        catch (KeyManagerException e) when (e.IsTransient)
        {
            NoteDown(e);
            throw;
        }
    }

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(_token.UntilRefresh, _time, _stop.Token);
                try
                {
                    await _token.GetAsync(_stop.Token);
                }
                catch (KeyManagerException e)
                {
                    NoteDown(e);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private bool IsKnown(string keyId)
    {
        lock (_lock) return _known.TryGetValue(keyId, out var since) && _time.GetElapsedTime(since) < KnownFor;
    }

    private void SetKnown(string keyId)
    {
        lock (_lock)
        {
            if (_known.Count >= MaxKnownNames) _known.Clear();
            _known[keyId] = _time.GetTimestamp();
        }
    }

    // Once an outage: each request tells its own client.
    private void NoteDown(KeyManagerException reason)
    {
        lock (_lock)
        {
            if (_isDown) return;
            _isDown = true;
        }
        StoreLog.KeyManagerDown(_logger, _options.Address, reason.Message);
    }

    private void NoteUp()
    {
        lock (_lock)
        {
            if (!_isDown) return;
            _isDown = false;
        }
        StoreLog.KeyManagerUp(_logger, _options.Address);
    }

    private static KeyManagerException NoKey(string keyId) => new(isTransient: false, $"There is no key '{keyId}'.");

    private static KeyManagerException Wrong(VaultReply reply) => VaultClient.Unavailable($"what it answered ({reply.Status}) does not fit the request");
}

/// <summary>Vault for all that is written, and a key file for what was written under its keys before.</summary>
internal sealed class VaultBesideFile(VaultKeys vault, KeyFile file) : IKeyManager
{
    public string DefaultKeyId => vault.DefaultKeyId;

    public ValueTask<bool> HasKeyAsync(string keyId, CancellationToken ct) => vault.HasKeyAsync(keyId, ct);

    public ValueTask<byte[]> WrapAsync(string keyId, ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> boundTo, CancellationToken ct) =>
        vault.WrapAsync(keyId, dataKey, boundTo, ct);

    public ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> boundTo, CancellationToken ct) =>
        VaultKeys.IsWrapped(wrapped.Span) ? vault.UnwrapAsync(keyId, wrapped, boundTo, ct) : file.UnwrapAsync(keyId, wrapped, boundTo, ct);
}
