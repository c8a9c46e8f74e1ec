using System.Collections.Immutable;

namespace ObjectStore.Server.Identities;

/// <summary>What users, groups, roles and managed policies have in common. Immutable.</summary>
internal abstract record Entity
{
    /// <summary>Twelve digits.</summary>
    public required string AccountId { get; init; }

    /// <summary>The account as <see cref="Arn"/> names it.</summary>
    public string ArnAccount { get => field ?? AccountId; init; }

    /// <summary>Unique for ever: a user that is made again under a name that was in use has another id.</summary>
    public required string Id { get; init; }

    /// <summary>Unique in its account without regard to case.</summary>
    public required string Name { get; init; }

    /// <summary>Begins and ends with '/'.</summary>
    public required string Path { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public ImmutableArray<IdentityTag> Tags { get; init; } = [];

    public abstract string Arn { get; }
}

internal sealed record User : Entity
{
    public ImmutableArray<AccessKey> Keys { get; init; } = [];

    /// <summary>The labels that keys were asked for by, until they are deleted.</summary>
    public ImmutableArray<KeyLabel> KeyLabels { get; init; } = [];

    public Attachments Policies { get; init; } = Attachments.None;

    /// <summary>Ids of the groups that it is in.</summary>
    public ImmutableArray<string> GroupIds { get; init; } = [];

    public override string Arn => $"arn:aws:iam::{ArnAccount}:user{Path}{Name}";
}

internal sealed record Group : Entity
{
    public Attachments Policies { get; init; } = Attachments.None;

    public override string Arn => $"arn:aws:iam::{ArnAccount}:group{Path}{Name}";
}

internal sealed record Role : Entity
{
    public string Description { get; init; } = "";

    /// <summary>Who may assume it: the trust policy's document.</summary>
    public required string TrustPolicy { get; init; }

    /// <summary>3,600 to 43,200.</summary>
    public int MaxSessionSeconds { get; init; } = 3600;

    public Attachments Policies { get; init; } = Attachments.None;

    public override string Arn => $"arn:aws:iam::{ArnAccount}:role{Path}{Name}";
}

/// <summary>A managed policy with its versions.</summary>
internal sealed record ManagedPolicy : Entity
{
    public string Description { get; init; } = "";

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>One to five, oldest first.</summary>
    public required ImmutableArray<ManagedPolicyVersion> Versions { get; init; }

    public required int DefaultVersion { get; init; }

    /// <summary>The number that the next version gets; numbers are not used again.</summary>
    public required int NextVersion { get; init; }

    /// <summary>The account is "aws" for those that exist everywhere.</summary>
    public override string Arn => $"arn:aws:iam::{ArnAccount}:policy{Path}{Name}";

    public ManagedPolicyVersion Default => Versions.First(version => version.Number == DefaultVersion);
}

internal sealed record ManagedPolicyVersion(int Number, string Document, DateTimeOffset CreatedAt);

/// <summary>An OpenID Connect provider whose tokens an account's roles may trust.</summary>
internal sealed record OidcProvider
{
    public required string AccountId { get; init; }

    /// <summary>The account as <see cref="Arn"/> names it.</summary>
    public string ArnAccount { get => field ?? AccountId; init; }

    /// <summary>The issuer without its scheme, as in the ARN and in condition keys.</summary>
    public required string Issuer { get; init; }

    /// <summary>The issuer as it was given, with its scheme.</summary>
    public required string Url { get; init; }

    public ImmutableArray<string> ClientIds { get; init; } = [];

    public ImmutableArray<string> Thumbprints { get; init; } = [];

    public ImmutableArray<IdentityTag> Tags { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    public string Arn => $"arn:aws:iam::{ArnAccount}:oidc-provider/{Issuer}";
}
