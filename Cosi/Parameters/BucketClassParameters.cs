using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ObjectStore.Client.Admin;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Buckets;

namespace ObjectStore.Cosi.Parameters;

/// <summary>What happens to what lies in a bucket that is to be deleted.</summary>
internal enum DeletePolicy
{
    /// <summary>Only an empty bucket is deleted.</summary>
    Empty,

    /// <summary>All of it is deleted with the bucket.</summary>
    Force,
}

/// <summary>The parameters of a BucketClass, understood. Described in docs/COSI.md.</summary>
internal sealed partial record BucketClassParameters
{
    /// <summary>Tags of the driver's own begin so.</summary>
    public const string ReservedTagPrefix = "objectstore.cosi/";

    // A bucket has 50; the driver needs some for itself.
    private const int MaxTags = 40;
    private const int MaxLockDays = 36_500;
    private const int MaxLockYears = 100;
    private const int MaxLifecycleDays = 36_500;
    private const string DefaultStorageClass = "STANDARD";
    private const string Kind = "BucketClass";

    public bool Versioning { get; private init; }

    /// <summary>Null without object lock; without a mode there is no default retention.</summary>
    public ObjectLockSettings? ObjectLock { get; private init; }

    public BucketEncryption? Encryption { get; private init; }

    /// <summary>What the bucket may hold at most; null for whatever.</summary>
    public NewBucketQuotaDocument? Quota { get; private init; }

    /// <summary>Of objects whose writers name none; null for the server's default. Whether there is such a class the server knows.</summary>
    public string? StorageClass { get; private init; }

    public BucketLifecycle? Lifecycle { get; private init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Null for the driver's default. For v1alpha2 only.</summary>
    public string? NamePrefix { get; private init; }

    public DeletePolicy Delete { get; private init; }

    /// <summary>The same for parameters that mean the same, also in later versions of the driver. Legal as the value of a tag.</summary>
    public required string Fingerprint { get; init; }

    /// <param name="region">The server's.</param>
    public static Outcome<BucketClassParameters> Read(IReadOnlyDictionary<string, string> parameters, string region, ApiVersion version)
    {
        var reader = new ParameterReader(parameters, Kind);
        if (reader.Text("region") is { } wanted)
        {
            if (wanted != region) reader.Wrong("region", $"is {wanted}, but this server is in {region}");
            // There is only one it can be.
            reader.Forget("region");
        }
        var versioning = reader.Word("versioning", "disabled", "enabled") == "enabled";
        var objectLock = ReadObjectLock(reader);
        if (objectLock is not null && parameters.ContainsKey("versioning") && !versioning) reader.Wrong("versioning", "cannot be disabled with objectLock");
        // Object lock comes with it, said or not.
        if (objectLock is not null) reader.Forget("versioning");
        var read = new BucketClassParameters
        {
            Versioning = versioning || objectLock is not null,
            ObjectLock = objectLock,
            Encryption = ReadEncryption(reader),
            Quota = ReadQuota(reader),
            StorageClass = ReadStorageClass(reader),
            Lifecycle = ReadLifecycle(reader, versioning || objectLock is not null),
            Tags = ReadTags(reader),
            NamePrefix = ReadNamePrefix(reader, version),
            Delete = ReadDelete(reader),
            Fingerprint = "",
        };
        return reader.Problem() is { } problem ? problem : read with { Fingerprint = FingerprintOf(reader.Normal) };
    }

    /// <summary>
    /// The delete policy alone. The rest is not looked at: a bucket must be deletable also when its class, perhaps of an older
    /// driver, has parameters that this one does not know.
    /// </summary>
    public static Outcome<DeletePolicy> ReadDeletePolicy(IReadOnlyDictionary<string, string> parameters)
    {
        var name = parameters.Where(parameter => parameter.Key == "delete").ToDictionary();
        var reader = new ParameterReader(name, Kind);
        var policy = ReadDelete(reader);
        return reader.Problem() is { } problem ? problem : policy;
    }

    private static DeletePolicy ReadDelete(ParameterReader reader) => reader.Word("delete", "empty", "force") == "force" ? DeletePolicy.Force : DeletePolicy.Empty;

    private static ObjectLockSettings? ReadObjectLock(ParameterReader reader)
    {
        var enabled = reader.Word("objectLock", "disabled", "enabled") == "enabled";
        var mode = reader.OptionalWord("objectLockMode", "GOVERNANCE", "COMPLIANCE");
        var days = reader.Number("objectLockDays", 1, MaxLockDays);
        var years = reader.Number("objectLockYears", 1, MaxLockYears);
        if (!enabled)
        {
            if (mode is not null) reader.Wrong("objectLockMode", "needs objectLock: enabled");
            if (days is not null) reader.Wrong("objectLockDays", "needs objectLock: enabled");
            if (years is not null) reader.Wrong("objectLockYears", "needs objectLock: enabled");
            return null;
        }
        if (mode is null && (days ?? years) is not null) reader.Wrong("objectLockMode", "is missing: GOVERNANCE or COMPLIANCE");
        if (mode is not null && days is null == years is null) reader.Wrong("objectLockMode", "needs either objectLockDays or objectLockYears");
        return new ObjectLockSettings(mode, (int?)days, (int?)years);
    }

    private static BucketEncryption? ReadEncryption(ParameterReader reader)
    {
        var algorithm = reader.OptionalWord("encryption", "AES256", "aws:kms");
        var key = reader.Text("encryptionKeyId");
        if (key is not null && algorithm != "aws:kms") reader.Wrong("encryptionKeyId", "needs encryption: aws:kms");
        return algorithm is null ? null : new BucketEncryption(algorithm, key);
    }

    private static NewBucketQuotaDocument? ReadQuota(ParameterReader reader)
    {
        var bytes = reader.Bytes("quotaBytes");
        var objects = reader.Number("quotaObjects", 1, long.MaxValue);
        return (bytes ?? objects) is null ? null : new NewBucketQuotaDocument { MaxBytes = bytes, MaxObjects = objects };
    }

    private static string? ReadStorageClass(ParameterReader reader)
    {
        var name = reader.Text("storageClass", maxLength: 64);
        if (name is not DefaultStorageClass) return name;
        reader.Forget("storageClass");
        return null;
    }

    private static BucketLifecycle? ReadLifecycle(ParameterReader reader, bool isVersioned)
    {
        var expiration = reader.Number("expirationDays", 1, MaxLifecycleDays);
        var noncurrent = reader.Number("noncurrentExpirationDays", 1, MaxLifecycleDays);
        var uploads = reader.Number("abortMultipartDays", 1, MaxLifecycleDays);
        if (noncurrent is not null && !isVersioned) reader.Wrong("noncurrentExpirationDays", "needs versioning: enabled");
        return (expiration ?? noncurrent ?? uploads) is null ? null : new BucketLifecycle((int?)expiration, (int?)noncurrent, (int?)uploads);
    }

    private static IReadOnlyDictionary<string, string> ReadTags(ParameterReader reader)
    {
        var tags = reader.Map("tags", MaxTags);
        foreach (var (key, value) in tags)
        {
            if (key.Length > 128 || value.Length > 256 || !TagText().IsMatch(key) || !TagText().IsMatch(value))
                reader.Wrong("tags", $"has {key}: keys have at most 128 and values 256 letters, digits, spaces and any of + - = . _ : / @");
            else if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) || key.StartsWith(ReservedTagPrefix, StringComparison.Ordinal))
                reader.Wrong("tags", $"has {key}: aws: and {ReservedTagPrefix} are reserved");
        }
        return tags;
    }

    private static string? ReadNamePrefix(ParameterReader reader, ApiVersion version)
    {
        if (reader.Text("namePrefix", BucketNaming.MaxPrefixLength) is not { } prefix) return null;
        if (version == ApiVersion.V1Alpha1) reader.Wrong("namePrefix", "cannot be had in v1alpha1, whose buckets are named as its sidecar says");
        else if (!BucketNaming.IsPrefix(prefix)) reader.Wrong("namePrefix", BucketNaming.PrefixRule);
        return prefix;
    }

    private static string FingerprintOf(string normal) => "1-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(normal)).AsSpan(0, 16));

    // What the server takes in tags.
    [GeneratedRegex(@"^[\p{L}\p{M}\p{N}\p{Zs}+\-=._:/@]*\z")]
    private static partial Regex TagText();
}
