using System.Collections.Concurrent;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>
/// Finds the access state of buckets. A look-up reads the bucket's small row and nothing else while its configuration stays the
/// same, and sees every change that was committed before it began. Bounded: two generations, of which the older is dropped.
/// </summary>
internal sealed class BucketAccessCache(BucketService buckets, IIdentities identities)
{
    /// <summary>Buckets of one generation; a policy of 20 KiB, parsed, is the most that one of them holds.</summary>
    public const int GenerationSize = 4096;

    /// <summary>Longer names are none, and no key for a look-up.</summary>
    private const int MaxNameLength = 255;

    /// <summary>The document of a bucket that is its policy.</summary>
    public const string PolicyKind = "policy";

    /// <summary>The document, empty, of a bucket whose policy was set with x-amz-confirm-remove-self-bucket-access in the dialect of Ceph.</summary>
    public const string PolicyBindsRootKind = "policyBindsRoot";

    private static readonly string[] Kinds =
        [PolicyKind, OwnershipControls.Kind, PublicAccessBlocks.Kind, RequestPayment.Kind, MetricsFilter.Kind, PolicyBindsRootKind, BucketAnalytics.DocumentKind, BucketTags.Kind, BucketTags.AbacKind];

    private ConcurrentDictionary<ulong, BucketAccess> _current = new();
    private ConcurrentDictionary<ulong, BucketAccess> _previous = new();

    /// <summary>Null if there is no such bucket.</summary>
    public async ValueTask<BucketAccess?> FindAsync(string bucket, CancellationToken ct)
    {
        if (bucket.Length > MaxNameLength) return null;
        if (await buckets.FindStampAsync(bucket, ct) is not { } stamp) return null;
        if (_current.TryGetValue(stamp.Id, out var known) || _previous.TryGetValue(stamp.Id, out known))
        {
            if (known.ConfigVersion == stamp.ConfigVersion) return known;
        }
        return await LoadAsync(bucket, ct);
    }

    private async ValueTask<BucketAccess?> LoadAsync(string name, CancellationToken ct)
    {
        var settings = await buckets.GetSettingsAsync(name, Kinds, ct);
        if (!settings.IsOk) return null;
        var (bucket, documents) = (settings.Value.Bucket, settings.Value.Documents);
        var account = identities.FindAccountByCanonicalId(bucket.OwnerId);
        var access = new BucketAccess
        {
            Name = name,
            Id = bucket.Id,
            ConfigVersion = bucket.ConfigVersion,
            OwnerId = bucket.OwnerId,
            OwnerAccountId = account?.Id ?? BucketAccess.NoAccount,
            Policy = documents[0] is { } policy ? ParsePolicy(name, policy) : null,
            PolicyBindsRoot = documents[5] is not null,
            OwnershipControls = OwnershipControls.Read(documents[1]),
            PublicAccess = PublicAccessBlocks.Read(documents[2]),
            RequesterPays = RequestPayment.RequesterPays(documents[3]),
            Acl = AccessControlList.Read(bucket.Acl.Span, bucket.OwnerId),
            Metrics = MetricsFilter.Read(documents[4]),
            ResourceTags = BucketTags.ReadForPolicies(documents[7], documents[8]),
            Analytics = AnalyticsFilter.Read(documents[6]),
            Logging = bucket.Logging,
            Encryption = bucket.Encryption,
            DefaultRetention = bucket.DefaultRetention,
            Region = bucket.Region,
        };
        if (account is not null) Keep(access);
        return access;
    }

    // A policy that cannot be understood must not count as none.
    private static PolicyDocument ParsePolicy(string bucket, ReadOnlyMemory<byte> text) =>
        PolicyDocument.Parse(text.Span, PolicyType.Resource, loose: true).Document ?? throw new InvalidDataException($"The stored policy of bucket {bucket} is not one.");

    private void Keep(BucketAccess access)
    {
        var current = _current;
        current[access.Id] = access;
        if (current.Count < GenerationSize) return;
        // Two that come here at once drop a generation too many, which costs reads only.
        _previous = current;
        _current = new ConcurrentDictionary<ulong, BucketAccess>();
    }
}
