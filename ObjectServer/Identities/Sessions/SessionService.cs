using System.Collections.Concurrent;
using System.Security.Cryptography;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Identities;

/// <summary>
/// Makes temporary credentials, and finds them again by their tokens. A token is good while it has not expired, and while the role, or the key that it
/// was asked with, is there: both are looked up in the present state.
/// </summary>
internal sealed class SessionService(SessionTokens tokens, IdentityStore store, IdentityIds ids, PolicyCompiler compiler, TimeProvider time)
{
    /// <summary>Opened tokens kept, about 4 KiB each at most; all are forgotten when there are more.</summary>
    public const int CacheCapacity = 4096;

    private readonly ConcurrentDictionary<string, Opened> _opened = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Credentials of a role's session.</summary>
    public SessionCredentials Start(RoleSessionRequest request)
    {
        var session = request.Session;
        var record = NewRecord(request.Role.AccountId, request.Duration, request.NotAfter);
        record.RoleId = request.Role.Id;
        record.SessionName = session.Name;
        record.Tags.AddRange(session.Tags.Select(ToRecord));
        record.TransitiveTagKeys.AddRange(session.TransitiveTagKeys);
        record.SourceIdentity = session.SourceIdentity ?? "";
        record.FederatedProvider = session.FederatedProvider ?? "";
        record.FederatedClaims.AddRange(session.FederatedClaims.Select(ToRecord));
        record.HasLimits = request.InlinePolicy is not null || request.PolicyArns.Count > 0;
        record.InlinePolicy = request.InlinePolicy ?? "";
        record.PolicyArns.AddRange(request.PolicyArns);
        return Seal(record);
    }

    /// <summary>Credentials of the user or root that asks with a long-lived key.</summary>
    /// <param name="parent">That key's credential.</param>
    public SessionCredentials Start(Credential parent, TimeSpan duration)
    {
        var record = NewRecord(parent.Principal.AccountId, duration, parent.NotAfter);
        record.ParentKey = parent.AccessKey;
        record.ParentCheck = Google.Protobuf.ByteString.CopyFrom(tokens.CheckOf(parent.SecretBytes.Span));
        return Seal(record, parent);
    }

    /// <summary>
    /// Credentials of an account's root for an operator, who has been found to be allowed that. They end with the key or the role that asks, too, and
    /// never outlive the session that it asks with.
    /// </summary>
    /// <param name="asker">What the operator's request was signed with.</param>
    /// <param name="askerToken">The session token of that; null if it is a long-lived key.</param>
    public SessionCredentials StartAsRoot(Credential asker, string? askerToken, Account account, TimeSpan duration)
    {
        var record = NewRecord(account.Id, duration, asker.NotAfter);
        record.AssumedBy = asker.Principal.Arn;
        if (string.IsNullOrEmpty(askerToken))
        {
            record.ParentKey = asker.AccessKey;
            record.ParentCheck = Google.Protobuf.ByteString.CopyFrom(tokens.CheckOf(asker.SecretBytes.Span));
        }
        else
        {
            var own = tokens.Open(askerToken) ?? throw new ArgumentException("It is no token of this store.", nameof(askerToken));
            (record.ParentKey, record.ParentCheck, record.RoleId) = (own.ParentKey, own.ParentCheck, own.RoleId);
            record.ExpiresTicks = Math.Min(record.ExpiresTicks, own.ExpiresTicks);
        }
        return new SessionCredentials(record.AccessKey, record.Secret, tokens.Seal(record), KvRecords.FromTicks(record.ExpiresTicks), Principals.OfRoot(account));
    }

    /// <param name="findKey">Finds a long-lived key that is active.</param>
    public CredentialLookup Find(ReadOnlySpan<char> accessKey, string token, Func<string, Credential?> findKey)
    {
        if (!_opened.TryGetValue(token, out var opened))
        {
            if (tokens.Open(token) is not { } record) return CredentialFault.InvalidToken;
            opened = new Opened(record);
            Keep(token, opened);
        }
        if (!accessKey.SequenceEqual(opened.Record.AccessKey)) return CredentialFault.InvalidToken;
        if (time.GetUtcNow().ToTicks() >= opened.Record.ExpiresTicks) return CredentialFault.ExpiredToken;
        // What was found in this state once may have ended since with the key that it comes from.
        return opened.CredentialIn(store.State, this, findKey) is { } credential && !(credential.NotAfter <= time.GetUtcNow()) ? credential : CredentialFault.UnknownKey;
    }

    /// <summary>The transitive tags of a session, which roles that it assumes further inherit.</summary>
    public IReadOnlyList<IdentityTag> TransitiveTagsOf(string? token)
    {
        // That it is not kept (any more) must not loosen what it says.
        if (token is null || (_opened.TryGetValue(token, out var opened) ? opened.Record : tokens.Open(token)) is not { } record) return [];
        var keys = record.TransitiveTagKeys;
        return [.. record.Tags.Where(tag => keys.Any(key => IdentityRules.Same(key, tag.Key))).Select(ToTag)];
    }

    /// <param name="notAfter">When the key expires that asks; no session outlives it.</param>
    private SessionTokenRecord NewRecord(string accountId, TimeSpan duration, DateTimeOffset? notAfter)
    {
        // Whole seconds, as they are told to the client.
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        return new SessionTokenRecord
        {
            AccessKey = ids.SessionKey(),
            Secret = ids.Secret(),
            AccountId = accountId,
            IssuedTicks = now.ToTicks(),
            ExpiresTicks = (notAfter < now + duration ? notAfter.Value : now + duration).ToTicks(),
            NotAfterTicks = notAfter?.ToTicks() ?? 0,
        };
    }

    private SessionCredentials Seal(SessionTokenRecord record, Credential? parent = null)
    {
        var token = tokens.Seal(record);
        var opened = new Opened(record);
        Keep(token, opened);
        var credential = opened.CredentialIn(store.State, this, _ => parent)
            ?? throw new InvalidOperationException("The session's role was deleted while it was made.");
        return new SessionCredentials(record.AccessKey, record.Secret, token, KvRecords.FromTicks(record.ExpiresTicks), credential.Principal);
    }

    private void Keep(string token, Opened opened)
    {
        if (Interlocked.Increment(ref _count) > CacheCapacity)
        {
            _opened.Clear();
            Interlocked.Exchange(ref _count, 1);
        }
        _opened[token] = opened;
    }

    private (Principal Principal, DateTimeOffset? NotAfter)? PrincipalIn(IdentityState state, SessionTokenRecord record, SessionLimits? limits, Func<string, Credential?> findKey)
    {
        if (record.AssumedBy.Length > 0) return RootIn(state, record, findKey);
        var issued = KvRecords.FromTicks(record.IssuedTicks);
        if (record.RoleId.Length == 0)
        {
            var parent = findKey(record.ParentKey);
            return parent is not null && CryptographicOperations.FixedTimeEquals(tokens.CheckOf(parent.SecretBytes.Span), record.ParentCheck.Span)
                ? (parent.Principal with { TokenIssueTime = issued }, parent.NotAfter)
                : null;
        }
        if (state.RolesById.GetValueOrDefault(record.RoleId) is not { } role || state.FindAccount(role.AccountId) is not { } within) return null;
        var session = new RoleSession(record.SessionName)
        {
            Tags = [.. record.Tags.Select(ToTag)],
            TransitiveTagKeys = record.TransitiveTagKeys,
            SourceIdentity = NullIfEmpty(record.SourceIdentity),
            FederatedProvider = NullIfEmpty(record.FederatedProvider),
            FederatedClaims = [.. record.FederatedClaims.Select(ToTag)],
            Limits = limits,
        };
        return (Principals.OfRole(within.Account, role, session) with { TokenIssueTime = issued }, NotAfterOf(record));
    }

    /// <summary>The root of the account, while both are there: the account, and who asked to be its root.</summary>
    private (Principal Principal, DateTimeOffset? NotAfter)? RootIn(IdentityState state, SessionTokenRecord record, Func<string, Credential?> findKey)
    {
        var parent = record.RoleId.Length > 0 ? null : findKey(record.ParentKey);
        var isAskerThere = record.RoleId.Length > 0
            ? state.RolesById.ContainsKey(record.RoleId)
            : parent is not null && CryptographicOperations.FixedTimeEquals(tokens.CheckOf(parent.SecretBytes.Span), record.ParentCheck.Span);
        return isAskerThere && state.FindAccount(record.AccountId) is { } within
            ? (Principals.OfRoot(within.Account) with { TokenIssueTime = KvRecords.FromTicks(record.IssuedTicks), AssumedBy = record.AssumedBy }, parent?.NotAfter ?? NotAfterOf(record))
            : null;
    }

    private static DateTimeOffset? NotAfterOf(SessionTokenRecord record) => record.NotAfterTicks == 0 ? null : KvRecords.FromTicks(record.NotAfterTicks);

    private SessionLimits? LimitsOf(SessionTokenRecord record) => record.HasLimits
        ? new SessionLimits(record.InlinePolicy.Length == 0 ? null : compiler.Parse(record.InlinePolicy), [.. record.PolicyArns])
        : null;

    private static IdentityTagRecord ToRecord(IdentityTag tag) => new() { Key = tag.Key, Value = tag.Value };

    private static IdentityTag ToTag(IdentityTagRecord tag) => new(tag.Key, tag.Value);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    /// <summary>An opened token, and the credential that it is in the state that was last seen.</summary>
    private sealed class Opened(SessionTokenRecord record)
    {
        private Judged? _judged;
        private SessionLimits? _limits;

        public SessionTokenRecord Record => record;

        public Credential? CredentialIn(IdentityState state, SessionService sessions, Func<string, Credential?> findKey)
        {
            var judged = _judged;
            if (judged is not null && ReferenceEquals(judged.State, state)) return judged.Credential;
            _limits ??= sessions.LimitsOf(record);
            // The same instance while nothing has changed: signing keys are kept by it.
            var credential = sessions.PrincipalIn(state, record, _limits, findKey) is not var (principal, notAfter) ? null
                : judged?.Credential is { } before && before.Principal == principal && before.NotAfter == notAfter ? before
                : new Credential(record.AccessKey, record.Secret, principal, notAfter);
            _judged = new Judged(state, credential);
            return credential;
        }

        private sealed record Judged(IdentityState State, Credential? Credential);
    }
}
