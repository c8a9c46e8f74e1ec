using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Objects;

/// <summary>
/// The token that requests carry: from a file, which something else may replace (Vault Agent), or from a login by AppRole. It is
/// renewed, or gotten anew, after two thirds of its life. For any number of threads.
/// </summary>
internal sealed class VaultToken(VaultOptions options, VaultClient client, TimeProvider time) : IDisposable
{
    private const int MaxFileBytes = 64 * 1024;
    private const int Forbidden = 403;

    // Of a token of which nothing is known, and after a failure.
    private static readonly TimeSpan ShortPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongPause = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _turn = new(1);
    private volatile Held? _held;

    /// <exception cref="KeyManagerException">Transient: there is none now.</exception>
    public async ValueTask<Secret> GetAsync(CancellationToken ct)
    {
        if (_held is { } held && time.GetUtcNow() < held.RefreshAt && !IsReplaced(held)) return held.Token;
        await _turn.WaitAsync(ct);
        try
        {
            held = _held;
            if (held is null || IsReplaced(held)) held = await ObtainAsync(ct);
            else if (time.GetUtcNow() >= held.RefreshAt) held = await RefreshAsync(held, ct);
            _held = held;
            return held.Token;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Vault has refused it: the next request gets another, if there is one.</summary>
    public void Refuse(Secret token)
    {
        if (_held is { } held && ReferenceEquals(held.Token, token)) _held = null;
    }

    /// <summary>How long to wait until <see cref="GetAsync"/> has something to renew, so that an idle server's token does not end.</summary>
    public TimeSpan UntilRefresh
    {
        get
        {
            var pause = _held is { } held ? held.RefreshAt - time.GetUtcNow() : ShortPause;
            return pause < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : pause > LongPause ? LongPause : pause;
        }
    }

    public void Dispose() => _turn.Dispose();

    private async ValueTask<Held> ObtainAsync(CancellationToken ct)
    {
        if (options.TokenFile is { } file)
        {
            var changedAt = File.GetLastWriteTimeUtc(file);
            var token = new Secret(Read(file));
            return await RefreshAsync(new Held(token, default, changedAt), ct);
        }
        return await LogInAsync(ct);
    }

    /// <summary>The same for longer, or another. A token that cannot be renewed is used until Vault refuses it.</summary>
    private async ValueTask<Held> RefreshAsync(Held held, CancellationToken ct)
    {
        if (options.TokenFile is null) return await LogInAsync(ct);
        var reply = await client.SendAsync("auth/token/renew-self", held.Token.Reveal(), new VaultRequest(), ct);
        if (reply.Status == Forbidden && reply.Answer.Says("invalid token")) throw Refused("its token is not valid");
        return held with { RefreshAt = time.GetUtcNow() + PauseFor(reply.IsOk ? reply.Answer.Auth : null) };
    }

    private async ValueTask<Held> LogInAsync(CancellationToken ct)
    {
        var request = new VaultRequest { RoleId = options.RoleId, SecretId = Read(options.SecretIdFile!) };
        var reply = await client.SendAsync("auth/approle/login", token: null, request, ct);
        if (!reply.IsOk || reply.Answer.Auth is not { ClientToken: { Length: > 0 } token } auth) throw Refused($"it answered the login of its role with {reply.Status}");
        return new Held(new Secret(token), time.GetUtcNow() + PauseFor(auth), default);
    }

    private static TimeSpan PauseFor(VaultAuth? auth)
    {
        // Zero: it does not end.
        if (auth is null or { LeaseSeconds: <= 0 }) return LongPause;
        return TimeSpan.FromSeconds(Math.Max(1, Math.Min(auth.LeaseSeconds, 86_400) * 2 / 3.0));
    }

    private bool IsReplaced(Held held) => options.TokenFile is { } file && File.GetLastWriteTimeUtc(file) != held.ChangedAt;

    private static string Read(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxFileBytes) throw Refused("the file of its credentials is too long");
            var text = File.ReadAllText(file).Trim();
            // Nothing else may stand in a header.
            if (text.Length > 0 && text.All(character => character is > ' ' and <= '~')) return text;
            throw Refused("the file of its credentials does not hold any");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused("the file of its credentials cannot be read", e);
        }
    }

    private static KeyManagerException Refused(string reason, Exception? inner = null) => VaultClient.Unavailable(reason, inner);

    private sealed record Held(Secret Token, DateTimeOffset RefreshAt, DateTime ChangedAt);
}
