using System.Collections.Immutable;

namespace ObjectStore.Server.Identities;

/// <summary>Who owns buckets and objects, and within whom users, groups and roles live. Immutable.</summary>
internal sealed record Account
{
    /// <summary>Twelve digits.</summary>
    public required string Id { get; init; }

    /// <summary>64 hex digits: the owner in S3's listings and ACLs.</summary>
    public required string CanonicalId { get; init; }

    /// <summary>Unique; displayed beside the canonical id.</summary>
    public required string Name { get; init; }

    /// <summary>Unique if there is one, compared without case.</summary>
    public string? Email { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The keys of its root, besides the configured one that the operator's account has.</summary>
    public ImmutableArray<AccessKey> RootKeys { get; init; } = [];

    /// <summary>Documents of other parts, opaque here, by kind.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Documents { get; init; } =
        ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);

    /// <summary>How ARNs name it: by its id, or, for the operator's account where it is set so, not at all.</summary>
    public string ArnAccount { get => field ?? Id; init; }

    public string RootArn => $"arn:aws:iam::{ArnAccount}:root";

    public bool IsOperator => Id == RootCredentialStore.AccountId;
}
