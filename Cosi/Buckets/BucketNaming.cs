using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ObjectStore.Cosi.Buckets;

/// <summary>
/// Which bucket a name means. In v1alpha1 the name is the bucket's, as that is what its sidecar tells workloads. In v1alpha2 the
/// id is a prefix and the name, so that an id is told from a name: who sends an id to DriverCreateBucket has asked for it
/// with DriverGenerateBucketId, and expects the answer of that shape.
/// </summary>
internal static partial class BucketNaming
{
    public const int MaxLength = 63;

    /// <summary>Leaves room for "bc-", a UID and more.</summary>
    public const int MaxPrefixLength = 20;

    public const string DefaultPrefix = "cosi-";

    public const string PrefixRule = "must begin with a letter or digit, have only a-z, 0-9 and hyphens, end with a hyphen, and not begin with bc-";

    /// <summary>Names of v1alpha2 begin so.</summary>
    private const string PrefixOfNames = "bc-";

    // Behind a name that is cut.
    private const int DigestChars = 16;

    public static bool IsPrefix(string text) =>
        text.Length <= MaxPrefixLength && Prefixes().IsMatch(text) && !text.StartsWith(PrefixOfNames, StringComparison.Ordinal);

    /// <summary>The form of S3's names. What else S3 forbids, such as reserved endings, is left to the server.</summary>
    public static bool IsBucketName(string name) => name.Length is >= 3 and <= MaxLength && Names().IsMatch(name);

    /// <param name="name">A DNS subdomain; an id that this made before is given back as it is.</param>
    /// <param name="isId">Whether it was one.</param>
    public static string IdOf(string prefix, string name, out bool isId)
    {
        isId = name.StartsWith(prefix, StringComparison.Ordinal) && name.Length <= MaxLength;
        return isId ? name : IdOfName(prefix, name);
    }

    /// <summary>The id of what is surely a name, also where it looks like an id: another name than "x" is "cosi-x".</summary>
    public static string IdOfName(string prefix, string name)
    {
        if (prefix.Length + name.Length <= MaxLength) return prefix + name;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..DigestChars];
        return prefix + name[..(MaxLength - prefix.Length - DigestChars - 1)].TrimEnd('-', '.') + "-" + digest;
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]*-\z")]
    private static partial Regex Prefixes();

    // Labels between dots neither begin nor end with a hyphen.
    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex Names();
}
