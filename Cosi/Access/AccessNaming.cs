using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Cosi.Access;

/// <summary>Which account a name means, and where it stands in the server.</summary>
internal static class AccessNaming
{
    /// <summary>Source: IAM, names of users and roles.</summary>
    private const int MaxLength = 64;

    private const int DigestChars = 32;

    /// <summary>The one inline policy of an account.</summary>
    public const string Policy = "cosi-access";

    /// <summary>The label of its keys.</summary>
    public const string KeyLabel = "cosi";

    public const string DriverTag = "objectstore.cosi/driver";
    public const string AccountTag = "objectstore.cosi/account";
    public const string RequestTag = "objectstore.cosi/request";
    public const string BucketsTag = "objectstore.cosi/buckets";
    public const string LifetimeTag = "objectstore.cosi/lifetime";
    public const string ClusterTag = "objectstore.cosi/cluster";

    /// <summary>Where all accounts of a driver are: what is elsewhere is never touched.</summary>
    public static string PathOf(string driver) => $"/cosi/{driver}/";

    /// <summary>The name itself where it can be one of IAM's; else the beginning of it and a digest. The id of an id is that id.</summary>
    /// <param name="name">Letters, digits and any of '/._-'.</param>
    public static string IdOf(string name)
    {
        if (name.Length <= MaxLength && !name.Contains('/', StringComparison.Ordinal)) return name;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..DigestChars];
        var beginning = name.Replace('/', '-');
        return $"{beginning[..Math.Min(beginning.Length, MaxLength - DigestChars - 1)]}-{digest}";
    }
}
