using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>A target of notifications: one that the operator has set up, or (read only) a topic of an account. Secrets are never told.</summary>
public sealed record TargetDocument
{
    public required string Name { get; init; }

    public required string Arn { get; init; }

    /// <summary>queue (set up by the operator) or topic (of an account).</summary>
    public required string Kind { get; init; }

    public required string AccountId { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>Absent for a topic whose events go nowhere.</summary>
    public string? Endpoint { get; init; }

    public string? Exchange { get; init; }

    public string? RoutingKey { get; init; }

    public bool? VerifyTls { get; init; }

    /// <summary>Accounts whose buckets may name it, besides the operator's; * is everybody.</summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>Events that wait, as of a few seconds ago.</summary>
    public required long Backlog { get; init; }

    /// <summary>When the event happened that waits for longest.</summary>
    public DateTime? OldestAt { get; init; }

    /// <summary>This and the next two since the server started.</summary>
    public required long Delivered { get; init; }

    public required long Failed { get; init; }

    public required long Dropped { get; init; }

    /// <summary>Why the last attempt failed; absent if it did not.</summary>
    public string? LastError { get; init; }
}

public sealed record TargetListDocument(IReadOnlyList<TargetDocument> Targets);

/// <summary>What a target shall be; what is absent is not kept from before.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewTargetDocument
{
    /// <summary>http://, https://, amqp:// or amqps://, without user and password.</summary>
    public required string Endpoint { get; init; }

    public string? UserName { get; init; }

    public string? Password { get; init; }

    /// <summary>Of a webhook, instead of user and password.</summary>
    public string? BearerToken { get; init; }

    /// <summary>Of AMQP; the default exchange if absent.</summary>
    public string? Exchange { get; init; }

    /// <summary>Of AMQP; the target's name if absent.</summary>
    public string? RoutingKey { get; init; }

    /// <summary>True if absent.</summary>
    public bool? VerifyTls { get; init; }

    /// <summary>Accounts whose buckets may name it, besides the operator's; * is everybody.</summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    public override string ToString() => $"NewTargetDocument {{ Endpoint = {Endpoint} }}";
}
