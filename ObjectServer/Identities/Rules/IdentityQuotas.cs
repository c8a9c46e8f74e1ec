namespace ObjectStore.Server.Identities;

/// <summary>How many there may be: the defaults of "IAM and AWS STS quotas".</summary>
internal static class IdentityQuotas
{
    /// <summary>Ours: all identities are held in memory.</summary>
    public const int Accounts = 10_000;

    public const int UsersPerAccount = 5_000;
    public const int GroupsPerAccount = 300;
    public const int RolesPerAccount = 1_000;
    public const int PoliciesPerAccount = 1_500;
    public const int ProvidersPerAccount = 100;

    /// <summary>Without a label.</summary>
    public const int KeysPerUser = 2;

    /// <summary>Ours.</summary>
    public const int KeyLabelsPerUser = 8;

    /// <summary>Ours: all labels and generations that have not expired.</summary>
    public const int LabelledKeysPerUser = 16;

    public const int GroupsPerUser = 10;
    public const int AttachedPolicies = 10;

    /// <summary>Ours: AWS bounds the sum of the documents only.</summary>
    public const int InlinePolicies = 100;

    public const int VersionsPerPolicy = 5;
    public const int Tags = 50;
    public const int ClientIdsPerProvider = 100;
    public const int ThumbprintsPerProvider = 5;
    public const int DocumentsPerAccount = 16;
    public const int DocumentBytes = 16 * 1024;

    public static Refusal Exceeded(string name, int limit) => new(IdentityFault.LimitExceeded, $"Cannot exceed quota for {name}: {limit}");
}
