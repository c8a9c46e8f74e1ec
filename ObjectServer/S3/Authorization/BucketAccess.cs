using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>What of a bucket decides who may do what with it, parsed. Immutable: a change makes another one.</summary>
internal sealed record BucketAccess
{
    /// <summary>Stands for the account of an owner that is not known (any more): nobody's.</summary>
    public const string NoAccount = "-";

    public required string Name { get; init; }

    /// <summary>Never used again for another bucket.</summary>
    public ulong Id { get; init; }

    /// <summary>What this was made of has not changed while the bucket's version is the same.</summary>
    public ulong ConfigVersion { get; init; }

    /// <summary>Canonical id.</summary>
    public required string OwnerId { get; init; }

    public required string OwnerAccountId { get; init; }

    public PolicyDocument? Policy { get; init; }

    /// <summary>Whether who set the policy wants it to bind the owner's root, too; counts in the dialect of Ceph.</summary>
    public bool PolicyBindsRoot { get; init; }

    /// <summary>Null where ownership controls were deleted.</summary>
    public ObjectOwnership? OwnershipControls { get; init; }

    /// <summary>What is in force. Without controls the writer owns, as before there were any.</summary>
    public ObjectOwnership Ownership => OwnershipControls ?? ObjectOwnership.ObjectWriter;

    /// <summary>Whether ACLs, of the bucket and of its objects, are in force.</summary>
    public bool HasAcls => Ownership != ObjectOwnership.BucketOwnerEnforced;

    /// <summary>Of the bucket alone; null where it was deleted.</summary>
    public PublicAccessBlock? PublicAccess { get; init; }

    public required AccessControlList Acl { get; init; }

    /// <summary>Whoever is not of the owner's account has to say that it pays.</summary>
    public bool RequesterPays { get; init; }

    /// <summary>Null: requests are not counted for the bucket.</summary>
    public IReadOnlyList<MetricsFilter>? Metrics { get; init; }

    /// <summary>Null where there are none.</summary>
    public IReadOnlyList<AnalyticsFilter>? Analytics { get; init; }

    /// <summary>That conditions of policies may look at; null where they may not.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? ResourceTags { get; init; }

    /// <summary>Null: requests are not recorded.</summary>
    public BucketLogging? Logging { get; init; }

    /// <summary>What new objects get whose writers ask for nothing.</summary>
    public BucketEncryption? Encryption { get; init; }

    public DefaultRetention? DefaultRetention { get; init; }

    public string Region { get; init; } = "";

    public bool IsOwnedBy(Principal principal) => !principal.IsAnonymous && principal.AccountId == OwnerAccountId;

    /// <summary>What is blocked here: by the bucket or by its owner's account.</summary>
    public PublicAccessBlock BlockedIn(IIdentities identities) => (PublicAccess ?? PublicAccessBlock.None) | PublicAccessBlocks.OfAccount(identities, OwnerAccountId);
}
