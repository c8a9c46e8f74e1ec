using ObjectStore.Client.Admin;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Notifications;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>Targets of notifications that the operator sets up for accounts. Topics of accounts are seen, and not changed, here.</summary>
internal sealed class TargetCalls(NotificationService notifications, string region)
{
    private const int MaxNameChars = 80;
    private const int MaxAccounts = 1_000;
    private const int MaxAmqpChars = 255;
    private const int MaxSecretChars = 4_096;

    public IEnumerable<AdminCall> All =>
    [
        new("GET", "targets", AdminAction.ListTargets, static _ => AdminResources.Target("*"), ListAsync),
        new("GET", "targets/*", AdminAction.GetTarget, static path => AdminResources.Target(path[0]), GetAsync),
        new("PUT", "targets/*", AdminAction.PutTarget, static path => AdminResources.Target(path[0]), PutAsync) { HasBody = true },
        new("DELETE", "targets/*", AdminAction.DeleteTarget, static path => AdminResources.Target(path[0]), DeleteAsync),
    ];

    private EventTargets Targets => notifications.Targets;

    private ValueTask<AdminAnswer> ListAsync(AdminContext context, CancellationToken ct) => ValueTask.FromResult(
        AdminAnswer.Of(new TargetListDocument([.. Targets.All.Select(ToDocument)]), AdminJson.Default.TargetListDocument));

    private ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct) => ValueTask.FromResult(
        Targets.Find(ArnOf(context[0])) is { } target ? AdminAnswer.Of(ToDocument(target), AdminJson.Default.TargetDocument) : NotFound(context[0]));

    private async ValueTask<AdminAnswer> PutAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.NewTargetDocument, out var wish, out var refused)) return refused;
        var name = context[0];
        if (name.Length > MaxNameChars || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
            return AdminError.Invalid($"A target's name has letters, digits, '-' and '_', at most {MaxNameChars}.");
        if (!EventEndpoint.TryParse(wish.Endpoint, out var endpoint, out var problem)) return AdminError.Invalid(problem!);
        if (endpoint.UserName is not null || endpoint.Password is not null) return AdminError.Invalid("Give user and password in userName and password, not in the endpoint.");
        if (Check(wish, endpoint.Kind) is { } wrong) return AdminError.Invalid(wrong);
        endpoint = endpoint with
        {
            UserName = wish.UserName,
            Password = wish.Password is { } password ? new Secret(password) : null,
            BearerToken = wish.BearerToken is { } token ? new Secret(token) : null,
            Exchange = wish.Exchange ?? "",
            RoutingKey = wish.RoutingKey,
            VerifyTls = wish.VerifyTls ?? true,
        };
        try
        {
            var isNew = false;
            var (made, target) = await Targets.ChangeAsync(ArnOf(name), existing =>
            {
                isNew = existing is null;
                return new EventTarget
                {
                    Kind = EventTargetKind.Queue,
                    Arn = ArnOf(name),
                    AccountId = RootCredentialStore.AccountId,
                    Name = name,
                    CreatedAt = existing?.CreatedAt ?? Targets.Now,
                    Endpoint = endpoint,
                    Accounts = [.. wish.Accounts ?? []],
                };
            }, ct);
            return made
                ? AdminAnswer.Of(ToDocument(target!), AdminJson.Default.TargetDocument, isNew ? 201 : 200)
                : new AdminError(409, "LimitExceeded", $"There may be {EventTargets.MaxPerAccount} targets.");
        }
        catch (KvException e)
        {
            return Unavailable(e);
        }
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        if (Targets.Find(ArnOf(context[0])) is null) return NotFound(context[0]);
        try
        {
            await Targets.ChangeAsync(ArnOf(context[0]), static _ => null, ct);
            return AdminAnswer.NoContent;
        }
        catch (KvException e)
        {
            return Unavailable(e);
        }
    }

    private static string? Check(NewTargetDocument wish, EndpointKind kind)
    {
        if (wish.BearerToken is not null && (wish.UserName is not null || wish.Password is not null)) return "Give userName and password, or bearerToken, not both.";
        if (wish.Password is not null && wish.UserName is null) return "A password needs a userName.";
        if (kind == EndpointKind.Amqp && wish.BearerToken is not null) return "bearerToken is for webhooks.";
        if (kind == EndpointKind.Webhook && (wish.Exchange is not null || wish.RoutingKey is not null)) return "exchange and routingKey are for AMQP.";
        if (wish.Exchange?.Length > MaxAmqpChars || wish.RoutingKey?.Length > MaxAmqpChars) return $"exchange and routingKey have at most {MaxAmqpChars} characters.";
        if (wish.UserName?.Length > MaxSecretChars || wish.Password?.Length > MaxSecretChars || wish.BearerToken?.Length > MaxSecretChars)
            return $"userName, password and bearerToken have at most {MaxSecretChars} characters.";
        // They become headers.
        if (wish.UserName?.Contains(':', StringComparison.Ordinal) == true || wish.BearerToken?.Any(character => character is <= ' ' or > '~') == true)
            return "userName has no colon, and bearerToken printable ASCII only.";
        if (wish.Accounts?.Count > MaxAccounts || wish.Accounts?.Any(account => account != EventTarget.Everybody && !IsAccountId(account)) == true)
            return $"accounts are ids of twelve digits or *, at most {MaxAccounts}.";
        return null;
    }

    private static bool IsAccountId(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);

    private TargetDocument ToDocument(EventTarget target)
    {
        var numbers = notifications.Dispatcher.NumbersOf(target.Arn);
        var endpoint = target.Endpoint;
        return new TargetDocument
        {
            Name = target.Name,
            Arn = target.Arn,
            Kind = target.Kind == EventTargetKind.Topic ? "topic" : "queue",
            AccountId = target.AccountId,
            CreatedAt = target.CreatedAt.UtcDateTime,
            // Without the query, which may hold a secret.
            Endpoint = endpoint?.ToString(),
            Exchange = endpoint is { Kind: EndpointKind.Amqp } ? endpoint.Exchange : null,
            RoutingKey = endpoint is { Kind: EndpointKind.Amqp } ? endpoint.RoutingKey ?? target.Name : null,
            VerifyTls = endpoint?.VerifyTls,
            Accounts = target.Kind == EventTargetKind.Queue ? target.Accounts : null,
            Backlog = numbers.Backlog,
            OldestAt = numbers.Oldest?.UtcDateTime,
            Delivered = numbers.Delivered,
            Failed = numbers.Failed,
            Dropped = numbers.Expired + numbers.Overflowed + numbers.Undeliverable,
            LastError = numbers.LastError,
        };
    }

    private string ArnOf(string name) => $"arn:aws:sqs:{region}:{RootCredentialStore.AccountId}:{name}";

    private static AdminError NotFound(string name) => AdminError.NotFound($"There is no target \"{name}\".");

    private static AdminError Unavailable(KvException e) => e.Fault == KvFault.UnknownOutcome
        ? new AdminError(500, "UnknownOutcome", e.Message)
        : new AdminError(503, "ServiceUnavailable", e.Message);
}
