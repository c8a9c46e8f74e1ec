using ObjectStore.Client.Admin;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>Other S3 endpoints, which tiers and replication go to. Their secrets are never told.</summary>
internal sealed class RemoteCalls(RemoteService remotes)
{
    private const int MaxChars = 1_024;

    public IEnumerable<AdminCall> All =>
    [
        new("GET", "remotes", AdminAction.ListRemotes, static _ => AdminResources.Remote("*"), ListAsync),
        new("GET", "remotes/*", AdminAction.GetRemote, static path => AdminResources.Remote(path[0]), GetAsync),
        new("PUT", "remotes/*", AdminAction.PutRemote, static path => AdminResources.Remote(path[0]), PutAsync, "create") { HasBody = true },
        new("DELETE", "remotes/*", AdminAction.DeleteRemote, static path => AdminResources.Remote(path[0]), DeleteAsync),
        new("POST", "remotes/*/test", AdminAction.TestRemote, static path => AdminResources.Remote(path[0]), TestAsync) { HasBody = true },
    ];

    private ValueTask<AdminAnswer> ListAsync(AdminContext context, CancellationToken ct) => ValueTask.FromResult(
        AdminAnswer.Of(new RemoteListDocument([.. remotes.Registry.All.Select(ToDocument)]), AdminJson.Default.RemoteListDocument));

    private ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct) => ValueTask.FromResult(
        remotes.Registry.Find(context[0]) is { } remote ? AdminAnswer.Of(ToDocument(remote), AdminJson.Default.RemoteDocument) : NotFound(context[0]));

    private async ValueTask<AdminAnswer> PutAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.NewRemoteDocument, out var wish, out var refused)) return refused;
        if (context.Parameter("create") is not (null or "true" or "false")) return AdminError.Invalid("create is true or false.");
        var name = context[0];
        var existing = remotes.Registry.Find(name);
        if (Check(name, wish, existing) is { } wrong) return AdminError.Invalid(wrong);
        try
        {
            var now = remotes.Time.GetUtcNow();
            var remote = new Remote
            {
                Name = name,
                Endpoint = Remote.ParseEndpoint(wish.Endpoint)!,
                Region = wish.Region ?? Remote.DefaultRegion,
                AccessKey = wish.AccessKey,
                Secret = wish.SecretKey is { } secret ? await remotes.Sealer.SealAsync(secret, Remote.BindingOf(name), ct) : existing!.Secret,
                Authorities = wish.Authorities ?? "",
                VirtualHosts = wish.VirtualHosts ?? false,
                CreatedAt = now,
                ModifiedAt = now,
            };
            return await remotes.Registry.PutAsync(remote, isNew: context.Parameter("create") == "true", ct) switch
            {
                RemoteChange.Exists => new AdminError(409, "EntityAlreadyExists", $"There is a remote \"{name}\" already."),
                RemoteChange.TooMany => new AdminError(409, "LimitExceeded", $"There may be {RemoteRegistry.MaxRemotes} remotes."),
                var change => AdminAnswer.Of(ToDocument(remotes.Registry.Find(name) ?? remote), AdminJson.Default.RemoteDocument, change == RemoteChange.Made ? 201 : 200),
            };
        }
        catch (KeyManagerException e)
        {
            return remotes.Sealer.CanSeal ? new AdminError(503, "ServiceUnavailable", e.Message) : AdminError.Invalid(e.Message);
        }
        catch (KvException e)
        {
            return Unavailable(e);
        }
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        try
        {
            return await remotes.Registry.RemoveAsync(context[0], ct) switch
            {
                (RemoteChange.NotFound, _) => NotFound(context[0]),
                (RemoteChange.InUse, var use) => AdminError.Conflict($"The remote \"{context[0]}\" is in use: {use}."),
                _ => AdminAnswer.NoContent,
            };
        }
        catch (KvException e)
        {
            return Unavailable(e);
        }
    }

    private async ValueTask<AdminAnswer> TestAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.RemoteTestDocument, out var wish, out var refused)) return refused;
        if (wish.Bucket is { Length: 0 or > MaxChars } || wish.Prefix?.Length > MaxChars) return AdminError.Invalid("bucket or prefix is empty or too long.");
        var started = remotes.Time.GetTimestamp();
        if (await remotes.Trial.RunAsync(context[0], wish.Bucket, wish.Prefix ?? "", ct) is not { } result) return NotFound(context[0]);
        var elapsed = remotes.Time.GetElapsedTime(started);
        return AdminAnswer.Of(new RemoteTestResultDocument
        {
            IsOk = result.Code is null, Code = result.Code, Message = result.Message, ElapsedMs = (long)elapsed.TotalMilliseconds,
        }, AdminJson.Default.RemoteTestResultDocument);
    }

    private static string? Check(string name, NewRemoteDocument wish, Remote? existing)
    {
        if (!Remote.IsName(name)) return $"A remote's name has letters, digits, '-' and '_', at most {Remote.MaxNameChars}.";
        if (Remote.ParseEndpoint(wish.Endpoint) is null) return "The endpoint is not http://HOST[:PORT] or https://HOST[:PORT].";
        if (wish.SecretKey is null && existing is null) return "A new remote needs its secretKey.";
        if (!IsText(wish.AccessKey) || (wish.SecretKey is { } secret && !IsText(secret)) || (wish.Region is { } region && !IsText(region)))
            return $"accessKey, secretKey and region are printable ASCII without blanks, at most {MaxChars} characters.";
        if (wish.Authorities?.Length > Remote.MaxAuthoritiesChars) return $"authorities have at most {Remote.MaxAuthoritiesChars} characters.";
        try
        {
            RemoteClients.ReadAuthorities(wish.Authorities ?? "");
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static bool IsText(string text) => text.Length is > 0 and <= MaxChars && text.All(character => character is > ' ' and <= '~');

    private static RemoteDocument ToDocument(Remote remote) => new()
    {
        Name = remote.Name,
        Endpoint = remote.Endpoint.GetLeftPart(UriPartial.Authority),
        Region = remote.Region,
        AccessKey = remote.AccessKey,
        Authorities = remote.Authorities.Length > 0 ? remote.Authorities : null,
        VirtualHosts = remote.VirtualHosts,
        CreatedAt = remote.CreatedAt.UtcDateTime,
        ModifiedAt = remote.ModifiedAt.UtcDateTime,
    };

    private static AdminError NotFound(string name) => AdminError.NotFound($"There is no remote \"{name}\".");

    private static AdminError Unavailable(KvException e) => e.Fault == KvFault.UnknownOutcome
        ? new AdminError(500, "UnknownOutcome", e.Message)
        : new AdminError(503, "ServiceUnavailable", e.Message);
}
