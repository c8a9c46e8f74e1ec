namespace ObjectStore.Server.Policies;

internal enum PrincipalNameKind
{
    /// <summary>An account: "123456789012" or arn:aws:iam::123456789012:root; the value is the twelve digits.</summary>
    Account,

    /// <summary>The ARN of a user, a role or a session of a role.</summary>
    Arn,

    /// <summary>The canonical id of an account: 64 hex digits, or the account's own id.</summary>
    Canonical,

    /// <summary>An identity provider: an ARN or a host such as accounts.google.com.</summary>
    Federated,

    /// <summary>A service: s3.amazonaws.com.</summary>
    Service,

    /// <summary>Somebody of a tenant of Ceph's: nobody here.</summary>
    Tenant,
}

/// <summary>Somebody whom a policy's Principal or NotPrincipal names.</summary>
internal readonly record struct NamedPrincipal(PrincipalNameKind Kind, string Value);
