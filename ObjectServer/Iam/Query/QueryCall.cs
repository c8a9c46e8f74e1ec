using System.Net;

namespace ObjectStore.Server.Iam;

/// <summary>Who calls, and what is asked.</summary>
internal sealed record QueryCall
{
    public required QueryRequest Request { get; init; }

    public required IdentityService Identities { get; init; }

    public required Principal Principal { get; init; }

    /// <summary>What the caller signed with; null for calls that are not signed.</summary>
    public Credential? Credential { get; init; }

    /// <summary>The caller's session token; null without one.</summary>
    public string? SessionToken { get; init; }

    public required string RequestId { get; init; }

    public required DateTimeOffset Time { get; init; }

    public IPAddress? SourceAddress { get; init; }

    public bool IsTls { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>Calls of IAM are about the caller's account.</summary>
    public string AccountId => Principal.AccountId;

    /// <summary>That account as ARNs name it.</summary>
    public string ArnAccount => Identities.FindAccount(AccountId)?.ArnAccount ?? AccountId;

    /// <summary>The parameter, or the caller's own name where a user leaves it out.</summary>
    /// <exception cref="QueryException">It is absent, and the caller is no user.</exception>
    public string UserName => Request["UserName"] ?? Principal.UserName ?? throw QueryErrors.Validation("Must specify userName when calling with non-User credentials");

    /// <summary>Whether a call about a user's own keys means the root of the account.</summary>
    public bool IsAboutRoot => Request["UserName"] is null && Principal.Kind == PrincipalKind.Root;
}
