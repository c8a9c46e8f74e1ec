namespace ObjectStore.Server.Policies;

/// <summary>How a statement names the one who asks, the weakest first.</summary>
internal enum PrincipalMatch
{
    None,

    /// <summary>By account: the account's own policies decide who of it may.</summary>
    Account,

    /// <summary>By role: boundary and session policies still limit its sessions.</summary>
    Role,

    /// <summary>As user, session, service or web identity, or by "*".</summary>
    Direct,
}

/// <summary>Whom a Principal or NotPrincipal names.</summary>
internal sealed class PrincipalSet
{
    private readonly HashSet<string> _accounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _arns = new(StringComparer.Ordinal);
    private readonly HashSet<string> _federated = new(StringComparer.Ordinal);
    private readonly HashSet<string> _services = new(StringComparer.Ordinal);
    private readonly HashSet<NamedPrincipal> _named = [];

    /// <summary>"*" is among them.</summary>
    public bool HasEveryone { get; private set; }

    public IReadOnlyCollection<NamedPrincipal> Named => _named;

    internal void AddEveryone() => HasEveryone = true;

    internal void Add(NamedPrincipal principal)
    {
        _named.Add(principal);
        if (principal.Kind == PrincipalNameKind.Tenant) return;
        var set = principal.Kind switch
        {
            // Canonical ids have 64 digits and account ids twelve, or they are the same account's.
            PrincipalNameKind.Account or PrincipalNameKind.Canonical => _accounts,
            PrincipalNameKind.Arn => _arns,
            PrincipalNameKind.Federated => _federated,
            _ => _services,
        };
        set.Add(principal.Value);
    }

    /// <summary>Another way to write an ARN that is added.</summary>
    internal void AddAlias(string arn) => _arns.Add(arn);

    /// <param name="ownerAccountId">Whose resource it is; an ARN without an account means somebody of this one.</param>
    public PrincipalMatch Match(PolicyPrincipal principal, string? ownerAccountId)
    {
        if (HasEveryone) return PrincipalMatch.Direct;
        switch (principal.Kind)
        {
            case PolicyPrincipalKind.Anonymous:
                return PrincipalMatch.None;
            case PolicyPrincipalKind.Service:
                return _services.Contains(principal.Arn) ? PrincipalMatch.Direct : PrincipalMatch.None;
            case PolicyPrincipalKind.WebIdentity:
                return _federated.Contains(principal.Arn) ? PrincipalMatch.Direct : PrincipalMatch.None;
        }
        if (NamesArn(principal.Arn, principal, ownerAccountId)) return PrincipalMatch.Direct;
        if (NamesRole(principal, ownerAccountId)) return PrincipalMatch.Role;
        return NamesAccount(principal) ? PrincipalMatch.Account : PrincipalMatch.None;
    }

    /// <summary>
    /// Whether everything that the one who asks is stands in the set: the session, the role and the account. NotPrincipal spares nobody of whom it
    /// leaves something out (AWS, "NotPrincipal").
    /// </summary>
    public bool NamesAllOf(PolicyPrincipal principal, string? ownerAccountId)
    {
        if (HasEveryone) return true;
        return principal.Kind switch
        {
            PolicyPrincipalKind.Anonymous => false,
            PolicyPrincipalKind.Service => _services.Contains(principal.Arn),
            PolicyPrincipalKind.WebIdentity => _federated.Contains(principal.Arn),
            PolicyPrincipalKind.Root => NamesAccount(principal),
            PolicyPrincipalKind.AssumedRole =>
                NamesAccount(principal) && NamesRole(principal, ownerAccountId) && NamesArn(principal.Arn, principal, ownerAccountId),
            _ => NamesAccount(principal) && NamesArn(principal.Arn, principal, ownerAccountId),
        };
    }

    private bool NamesAccount(PolicyPrincipal principal) =>
        _accounts.Count > 0 && (_accounts.Contains(principal.AccountId) || _accounts.Contains(principal.CanonicalId));

    private bool NamesRole(PolicyPrincipal principal, string? ownerAccountId) =>
        principal.RoleArn is not null && NamesArn(principal.RoleArn, principal, ownerAccountId);

    private bool NamesArn(string arn, PolicyPrincipal principal, string? ownerAccountId)
    {
        if (_arns.Count == 0) return false;
        if (_arns.Contains(arn)) return true;
        return HasLocal && principal.AccountId == ownerAccountId && _arns.Contains(WithoutAccount(arn, principal.AccountId));
    }

    /// <summary>Some ARN leaves its account out.</summary>
    internal bool HasLocal { get; set; }

    private static string WithoutAccount(string arn, string accountId) => arn.Replace($"::{accountId}:", ":::", StringComparison.Ordinal);
}
