using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>An access key of a user.</summary>
public sealed record UserKeyDocument
{
    public required string AccessKeyId { get; init; }

    /// <summary>False for one that was disabled; one that has expired may still be told as active.</summary>
    public required bool IsActive { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>When it ends, or has ended; absent for one that does not.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>Absent for a key that was made without one, as IAM makes them.</summary>
    public string? Label { get; init; }

    /// <summary>With the label only.</summary>
    public int? Generation { get; init; }

    /// <summary>In the answer that ensures the key.</summary>
    public string? SecretAccessKey { get; init; }

    /// <summary>The access key only: the secret must not reach a log.</summary>
    public override string ToString() => AccessKeyId;
}

public sealed record UserKeyListDocument(IReadOnlyList<UserKeyDocument> Keys);

/// <summary>What the key of a label shall be. The times count when a key is made; a repeat changes nothing.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EnsuredKeyDocument
{
    /// <summary>1 or more; 1 if absent.</summary>
    public int? Generation { get; init; }

    /// <summary>When the key ends; never if neither this nor the next is there.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>The same from when it is made, by the server's clock.</summary>
    public int? LifetimeSeconds { get; init; }

    /// <summary>How long older generations live on: 0 to 2,592,000; 3,600 if absent.</summary>
    public int? GraceSeconds { get; init; }
}
