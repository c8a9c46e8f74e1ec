using ObjectStore.Client.Admin;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>
/// Lets an operator work within an account as its root, for a while: the way to everything that the wire of IAM and S3 offers, without a second
/// set of calls for it and without a lasting key. Who became which root is logged; the session ends early with the key or role that asked for it.
/// </summary>
internal sealed class SessionCalls(IdentityService identities, ILogger logger)
{
    public const int MinSeconds = 900;
    public const int MaxSeconds = 3600;

    public IEnumerable<AdminCall> All =>
    [
        new("POST", "accounts/*/sessions", AdminAction.AssumeAccount, static path => AdminResources.Account(path[0]), CreateAsync) { HasBody = true },
    ];

    private ValueTask<AdminAnswer> CreateAsync(AdminContext context, CancellationToken ct) => ValueTask.FromResult(Create(context));

    private AdminAnswer Create(AdminContext context)
    {
        if (!context.TryRead(AdminJson.Default.NewSessionDocument, out var wish, out var refused)) return refused;
        var seconds = wish.DurationSeconds ?? MinSeconds;
        if (seconds is < MinSeconds or > MaxSeconds) return AdminError.Invalid($"durationSeconds must be from {MinSeconds} to {MaxSeconds}.");
        if (identities.FindAccount(context[0]) is not { } account) return AccountCalls.NoSuchAccount(context[0]);
        // Nobody becomes more than he is within his own account.
        if (account.IsOperator) return AdminError.Invalid("The operator's own account cannot be assumed: use credentials of that account.");
        var session = identities.Sessions.StartAsRoot(context.Credential, context.SessionToken, account, TimeSpan.FromSeconds(seconds));
        AdminLog.Assumed(logger, context.Principal.Arn, account.Id, session.AccessKey, session.ExpiresAt.UtcDateTime);
        return AdminAnswer.Of(new SessionDocument
        {
            AccountId = account.Id,
            Arn = account.RootArn,
            AccessKeyId = session.AccessKey,
            SecretAccessKey = session.Secret,
            SessionToken = session.Token,
            ExpiresAt = session.ExpiresAt.UtcDateTime,
        }, AdminJson.Default.SessionDocument, 201);
    }
}
