using ObjectStore.Client.Admin;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>
/// Access keys of users by label and generation: for programs that hand out credentials and must be able to ask again. The calls are about the user as
/// IAM knows it, with its path, so that a policy may bound them to a part of an account.
/// </summary>
internal sealed class UserKeyCalls(IdentityService identities)
{
    private const string Keys = "accounts/*/users/*/keys";
    private const string Key = "accounts/*/users/*/keys/*";
    private const int DefaultGraceSeconds = 3600;

    public IEnumerable<AdminCall> All =>
    [
        new("GET", Keys, AdminAction.ListUserKeys, UserOf, ListAsync),
        new("PUT", Key, AdminAction.EnsureUserKey, UserOf, EnsureAsync) { HasBody = true, AlsoOnOwnAccount = path => ("iam:CreateAccessKey", IamUserOf(path)) },
        new("DELETE", Key, AdminAction.DeleteUserKey, UserOf, DeleteAsync) { AlsoOnOwnAccount = path => ("iam:DeleteAccessKey", IamUserOf(path)) },
    ];

    private string UserOf(IReadOnlyList<string> path) => identities.Users.Find(path[0], path[1]) is { } user
        ? AdminResources.User(path[0], user.Path, user.Name)
        : AdminResources.User(path[0], "/", path[1]);

    private string IamUserOf(IReadOnlyList<string> path) => identities.Users.Find(path[0], path[1])?.Arn
        ?? $"arn:aws:iam::{identities.FindAccount(path[0])?.ArnAccount ?? path[0]}:user/{path[1]}";

    private ValueTask<AdminAnswer> ListAsync(AdminContext context, CancellationToken ct)
    {
        AdminAnswer answer = identities.Users.Find(context[0], context[1]) is { } user
            ? AdminAnswer.Of(new UserKeyListDocument([.. user.Keys.Select(ToDocument)]), AdminJson.Default.UserKeyListDocument)
            : AdminError.Of(Missing.User(context[1]));
        return ValueTask.FromResult(answer);
    }

    private async ValueTask<AdminAnswer> EnsureAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.EnsuredKeyDocument, out var wish, out var refused)) return refused;
        if (wish is { ExpiresAt: not null, LifetimeSeconds: not null }) return AdminError.Invalid("Give expiresAt or lifetimeSeconds, not both.");
        if (wish.ExpiresAt is { Kind: DateTimeKind.Unspecified }) return AdminError.Invalid("expiresAt must say its time zone, as 2030-01-31T12:00:00Z does.");
        var ensured = await identities.LabelledKeys.EnsureAsync(context[0], context[1], new LabelledKey(context[2], wish.Generation ?? 1)
        {
            ExpiresAt = wish.ExpiresAt is { } expiry ? new DateTimeOffset(expiry.ToUniversalTime()) : null,
            Lifetime = wish.LifetimeSeconds is { } lifetime ? TimeSpan.FromSeconds(lifetime) : null,
            Grace = TimeSpan.FromSeconds(wish.GraceSeconds ?? DefaultGraceSeconds),
        }, ct);
        if (!ensured.IsOk) return AdminError.Of(ensured.Refusal);
        // Told each time: whoever asks again has lost the answer, and may ask for any key of this user anyway.
        var document = ToDocument(ensured.Value.Key) with { SecretAccessKey = ensured.Value.Key.Secret.Reveal() };
        return AdminAnswer.Of(document, AdminJson.Default.UserKeyDocument, ensured.Value.IsNew ? 201 : 200);
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        var deleted = await identities.LabelledKeys.DeleteAsync(context[0], context[1], context[2], ct);
        return deleted.IsOk ? AdminAnswer.NoContent : AdminError.Of(deleted.Refusal);
    }

    private static UserKeyDocument ToDocument(AccessKey key) => new()
    {
        AccessKeyId = key.Id,
        IsActive = key.IsActive,
        CreatedAt = key.CreatedAt.UtcDateTime,
        ExpiresAt = key.ExpiresAt?.UtcDateTime,
        Label = key.Label,
        Generation = key.Label is null ? null : key.Generation,
    };
}
