using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>An account as the admin API tells it. Times are UTC.</summary>
public sealed record AccountDocument
{
    /// <summary>Twelve digits.</summary>
    public required string Id { get; init; }

    /// <summary>64 hex digits: the owner in S3's listings and ACLs.</summary>
    public required string CanonicalId { get; init; }

    public required string Name { get; init; }

    public string? Email { get; init; }

    /// <summary>Of the account's root.</summary>
    public required string Arn { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>Whether it is the operator's own.</summary>
    public required bool IsOperator { get; init; }

    /// <summary>How many it owns; told of a single account only.</summary>
    public int? Buckets { get; init; }
}

/// <param name="Next">For the parameter after of the next page; absent on the last.</param>
public sealed record AccountListDocument(IReadOnlyList<AccountDocument> Accounts, string? Next = null);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewAccountDocument
{
    public required string Name { get; init; }

    public string? Email { get; init; }

    /// <summary>Twelve digits that nobody has; random if absent.</summary>
    public string? Id { get; init; }

    /// <summary>64 hex digits that nobody has, or the account's own id; random if absent. For accounts that move here with their buckets' grants.</summary>
    public string? CanonicalId { get; init; }
}

/// <summary>What is absent stays; an e-mail of "" is removed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AccountChangeDocument
{
    public string? Name { get; init; }

    public string? Email { get; init; }
}

/// <summary>An access key of an account's root.</summary>
public sealed record RootKeyDocument
{
    public required string AccessKeyId { get; init; }

    public required bool IsActive { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>Told once, in the answer that makes the key.</summary>
    public string? SecretAccessKey { get; init; }

    /// <summary>The access key only: the secret must not reach a log.</summary>
    public override string ToString() => AccessKeyId;
}

public sealed record RootKeyListDocument(IReadOnlyList<RootKeyDocument> Keys);

/// <summary>Both or neither: a key that is brought along.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewRootKeyDocument
{
    public string? AccessKeyId { get; init; }

    public string? SecretAccessKey { get; init; }

    /// <summary>The access key only: the secret must not reach a log.</summary>
    public override string ToString() => AccessKeyId ?? "";
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RootKeyChangeDocument
{
    public required bool IsActive { get; init; }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewSessionDocument
{
    /// <summary>900 to 3,600; 900 if absent.</summary>
    public int? DurationSeconds { get; init; }
}

/// <summary>Credentials of an account's root that end by themselves.</summary>
public sealed record SessionDocument
{
    public required string AccountId { get; init; }

    public required string Arn { get; init; }

    public required string AccessKeyId { get; init; }

    public required string SecretAccessKey { get; init; }

    public required string SessionToken { get; init; }

    public required DateTime ExpiresAt { get; init; }

    /// <summary>The access key only: the secret must not reach a log.</summary>
    public override string ToString() => AccessKeyId;
}

public sealed record ErrorDocument(string Code, string Message);
