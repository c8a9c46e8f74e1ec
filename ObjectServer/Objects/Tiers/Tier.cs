using System.Collections.Immutable;
using System.Text;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A storage class whose objects lie in another S3 endpoint. Immutable.</summary>
internal sealed record Tier
{
    /// <summary>In <see cref="Bucket"/>, stands for the name of the bucket that an object is in.</summary>
    public const string BucketVariable = "${bucket}";

    public required string StorageClass { get; init; }

    /// <summary>Name of the endpoint.</summary>
    public required string Remote { get; init; }

    public required string Bucket { get; init; }

    /// <summary>Of keys there.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Whether GET reads from there.</summary>
    public bool ReadThrough { get; init; }

    /// <summary>For how long what was read through is restored; 0: it is not.</summary>
    public int KeepDays { get; init; }

    /// <summary>Storage class there; empty for the default.</summary>
    public string TargetClass { get; init; } = "";

    /// <summary>Whether keys there are those of here, where that is possible.</summary>
    public bool PlainNames { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool HasBucketEach => Bucket.Contains(BucketVariable, StringComparison.Ordinal);

    public TierRecord ToRecord() => new()
    {
        Remote = Remote, Bucket = Bucket, Prefix = Prefix, ReadThrough = ReadThrough, KeepDays = (uint)KeepDays, TargetClass = TargetClass, PlainNames = PlainNames,
        CreatedTicks = CreatedAt.ToTicks(),
    };

    public static Tier Of(string storageClass, TierRecord record) => new()
    {
        StorageClass = storageClass, Remote = record.Remote, Bucket = record.Bucket, Prefix = record.Prefix, ReadThrough = record.ReadThrough,
        KeepDays = (int)record.KeepDays, TargetClass = record.TargetClass, PlainNames = record.PlainNames, CreatedAt = KvRecords.FromTicks(record.CreatedTicks),
    };

    /// <summary>Where a content goes that nothing else there is called like.</summary>
    public RemotePlaceRecord PlaceOf(string bucket, byte[] key, ContentId content) => new()
    {
        Tier = StorageClass, Remote = Remote, Bucket = BucketOf(bucket),
        Key = Fitting($"{ReadableKey(bucket, key)}/{content}", content),
    };

    /// <summary>The key that a version has there by its own name; null where there is none.</summary>
    public string? PlainKey(string bucket, byte[] key, VersionRecord version)
    {
        if (!PlainNames) return null;
        var name = ReadableKey(bucket, key);
        if (!version.Has(VersionFlags.Null)) name += "-" + VersionId.NameOf(version);
        return Encoding.UTF8.GetByteCount(name) <= ObjectEngine.MaxKeyBytes ? name : null;
    }

    private string BucketOf(string bucket) => Bucket.Replace(BucketVariable, bucket, StringComparison.Ordinal);

    private string ReadableKey(string bucket, byte[] key) => HasBucketEach ? Prefix + Encoding.UTF8.GetString(key) : $"{Prefix}{bucket}/{Encoding.UTF8.GetString(key)}";

    private string Fitting(string name, ContentId content) => Encoding.UTF8.GetByteCount(name) <= ObjectEngine.MaxKeyBytes ? name : $"{Prefix}{content}";
}

/// <summary>The tiers that there are, for everybody who has to know; changed by who looks after their rows.</summary>
internal sealed class TierTable
{
    private volatile ImmutableSortedDictionary<string, Tier> _tiers = ImmutableSortedDictionary<string, Tier>.Empty.WithComparers(StringComparer.Ordinal);

    public IEnumerable<Tier> All => _tiers.Values;

    /// <summary>Reaches them; set before the first one is.</summary>
    public ITierStore Store { get; set; } = new NoTierStore();

    /// <summary>Told of a version that was read through a tier that keeps what was read.</summary>
    public Action<VersionTarget, int>? ReadThrough { get; set; }

    public Tier? Find(string storageClass) => _tiers.GetValueOrDefault(storageClass);

    public void Set(IEnumerable<Tier> tiers) => _tiers = tiers.ToImmutableSortedDictionary(tier => tier.StorageClass, tier => tier, StringComparer.Ordinal);

    public void Put(Tier tier) => _tiers = _tiers.SetItem(tier.StorageClass, tier);

    public void Remove(string storageClass) => _tiers = _tiers.Remove(storageClass);
}
