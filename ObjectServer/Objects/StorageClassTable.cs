using System.Collections.Frozen;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <param name="Name">As it is stored: empty for the default class.</param>
/// <param name="Scheme">Null: the pool's.</param>
internal readonly record struct StorageClassChoice(string Name, Scheme? Scheme);

/// <summary>
/// The storage classes that there are, each an erasure scheme. What was stored in one that is no longer configured stays readable:
/// a blob says itself how it is encoded.
/// </summary>
internal sealed class StorageClassTable : IStorageClassOrder
{
    public const string Standard = "STANDARD";
    public const string ReducedRedundancy = "REDUCED_REDUNDANCY";

    /// <summary>Longest name that may be configured.</summary>
    public const int MaxNameLength = 32;

    // Source: S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle": objects go down, not up.
    private static readonly string[] Order = [Standard, "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

    /// <summary>Classes of AWS whose objects can be read at once. They stand for what they are to a client; here they are stored like all.</summary>
    private static readonly string[] Immediate = [Standard, ReducedRedundancy, "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR"];

    private readonly FrozenDictionary<string, Scheme?> _schemes;

    /// <param name="configured">Further classes, and others of AWS's than they are by themselves.</param>
    public StorageClassTable(IReadOnlyDictionary<string, Scheme>? configured = null)
    {
        var schemes = Immediate.ToDictionary(name => name, _ => default(Scheme?), StringComparer.Ordinal);
        foreach (var (name, scheme) in configured ?? new Dictionary<string, Scheme>()) schemes[name] = scheme;
        _schemes = schemes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public static StorageClassTable Default => new();

    /// <summary>Classes that rules may move objects to, and that no writer can ask for.</summary>
    public TierTable Tiers { get; } = new();

    public IReadOnlyCollection<string> Names => _schemes.Keys;

    public bool Has(string name) => _schemes.ContainsKey(name);

    /// <summary>Whether rules may move objects to it.</summary>
    public bool IsTarget(string name) => Has(name) || Tiers.Find(name) is not null;

    /// <summary>How a version of that class is stored: null for the pool's scheme, also for a class that is no longer configured.</summary>
    public Scheme? SchemeOf(string storedName) => _schemes.GetValueOrDefault(storedName.Length == 0 ? Standard : storedName);

    /// <summary>What the writer asks for, else what the bucket gives. <see cref="ObjectFault.InvalidStorageClass"/> for a class that there is not.</summary>
    public Result<StorageClassChoice> Choose(string? requested, BucketRecord bucket)
    {
        var name = requested ?? (bucket.StorageClass.Length > 0 ? bucket.StorageClass : Standard);
        if (!_schemes.TryGetValue(name, out var scheme)) return new Failure(ObjectFault.InvalidStorageClass) { Message = name };
        return new StorageClassChoice(name == Standard ? "" : name, scheme);
    }

    public bool IsBelow(string from, string to)
    {
        // What is in a tier stays there, and nothing lies below one.
        if (Tiers.Find(from) is not null) return false;
        if (Tiers.Find(to) is not null) return true;
        var (above, below) = (Place(from), Place(to));
        return above >= 0 && below >= 0 ? above < below : from != to;
    }

    public bool IsOrdered(string one, string other) => Place(one) >= 0 && Place(other) >= 0;

    private static int Place(string name) => Array.IndexOf(Order, name.Length == 0 ? Standard : name);

    /// <summary>Whether a class may be configured by this name: the default class is what --parity says.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name != Standard && char.IsAsciiLetterUpper(name[0])
        && name.All(character => char.IsAsciiLetterUpper(character) || char.IsAsciiDigit(character) || character == '_');
}
