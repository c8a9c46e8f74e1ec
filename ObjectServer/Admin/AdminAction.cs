using System.Collections.Frozen;

namespace ObjectStore.Server.Admin;

/// <summary>What policies name of the admin API: "admin:" and one of these. docs/ADMIN.md says what each allows.</summary>
internal enum AdminAction
{
    GetServerInfo,
    GetHealth,
    ListAccounts,
    CreateAccount,
    GetAccount,
    UpdateAccount,
    DeleteAccount,
    ListRootKeys,
    CreateRootKey,
    UpdateRootKey,
    DeleteRootKey,
    ListUserKeys,
    EnsureUserKey,
    DeleteUserKey,

    /// <summary>Become the root of an account for a while.</summary>
    AssumeAccount,
    ListBuckets,
    GetBucket,
    DeleteBucket,
    GetBucketQuota,
    SetBucketQuota,
    DeleteBucketQuota,
    ListTargets,
    GetTarget,
    PutTarget,
    DeleteTarget,
    GetBucketStorageClass,
    SetBucketStorageClass,
    GetBucketCompression,
    SetBucketCompression,
    GetBucketReplication,
    SyncBucketReplication,
    ListRemotes,
    GetRemote,
    PutRemote,
    DeleteRemote,
    TestRemote,
    ListTiers,
    GetTier,
    PutTier,
    DeleteTier,
}

/// <summary>The ARNs of what the admin API is about. All of it belongs to the operator's account.</summary>
internal static class AdminResources
{
    public const string Server = "arn:aws:objectstore:::server";

    private static readonly FrozenDictionary<AdminAction, string> Names =
        Enum.GetValues<AdminAction>().ToFrozenDictionary(action => action, action => "admin:" + action);

    public static string NameOf(AdminAction action) => Names[action];

    /// <param name="id">"*" for calls on all of them, or on one that does not exist yet.</param>
    public static string Account(string id) => "arn:aws:objectstore:::account/" + id;

    /// <param name="path">Begins and ends with '/'.</param>
    public static string User(string account, string path, string name) => $"arn:aws:objectstore:::account/{account}/user{path}{name}";

    /// <inheritdoc cref="Account"/>
    public static string Target(string name) => "arn:aws:objectstore:::target/" + name;

    /// <inheritdoc cref="Account"/>
    public static string Remote(string name) => "arn:aws:objectstore:::remote/" + name;

    /// <inheritdoc cref="Account"/>
    public static string Tier(string storageClass) => "arn:aws:objectstore:::tier/" + storageClass;

    /// <inheritdoc cref="Account"/>
    public static string Bucket(string name) => "arn:aws:objectstore:::bucket/" + name;
}
