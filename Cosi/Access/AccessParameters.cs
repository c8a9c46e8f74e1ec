using System.Text.RegularExpressions;
using ObjectStore.Cosi.Parameters;

namespace ObjectStore.Cosi.Access;

/// <summary>The parameters of a BucketAccessClass, read and checked.</summary>
internal sealed partial record AccessParameters
{
    /// <summary>Source: IAM, MaxSessionDuration.</summary>
    public static readonly TimeSpan LongestSession = TimeSpan.FromHours(12);

    private const int MaxPrefixLength = 256;

    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(3650);

    /// <summary>Of v1alpha1, whose requests have none.</summary>
    public required AccessMode Mode { get; init; }

    /// <summary>Ends with a slash; empty for the whole bucket.</summary>
    public required string Prefix { get; init; }

    /// <summary>Whether who may write may delete old versions for good, too.</summary>
    public required bool DeleteVersions { get; init; }

    /// <summary>How long a key lasts, or a session; null for keys that do not end, and for sessions of the server's default.</summary>
    public required TimeSpan? Lifetime { get; init; }

    /// <summary>Which key: a higher one than before makes another.</summary>
    public required int Generation { get; init; }

    /// <summary>How long the keys before live on.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>namespace/name; null where the request or the cluster says it.</summary>
    public required string? ServiceAccount { get; init; }

    /// <summary>What of these makes the access what it is, in one form.</summary>
    public required string Normal { get; init; }

    public static Outcome<AccessParameters> Read(AccessRequest request)
    {
        var reader = new ParameterReader(request.Parameters, "BucketAccessClass");
        var mode = reader.OptionalWord("accessMode", "read-write", "read-only", "write-only");
        if (mode is not null && request.Version != ApiVersion.V1Alpha1)
            reader.Wrong("accessMode", "is for v1alpha1: a BucketAccess of v1alpha2 says its modes itself, and the class forbids some with disallowedBucketAccessModes");
        var prefix = reader.Text("prefix", MaxPrefixLength);
        if (prefix is not null && !Prefixes().IsMatch(prefix))
            reader.Wrong("prefix", "must have letters, digits and any of /!_.()=@+- only, not begin with a slash, and end with one, so that it cannot be the beginning of another");
        var deleteVersions = reader.Word("deleteVersions", "false", "true") == "true";
        var lifetime = reader.Duration("credentialLifetime", TimeSpan.FromMinutes(1), LongestLifetime);
        var generation = (int)(reader.Number("keyGeneration", 1, 1_000_000) ?? 1);
        var grace = reader.Duration("rotationGrace", TimeSpan.Zero, TimeSpan.FromDays(30)) ?? TimeSpan.FromHours(1);
        var account = reader.Text("serviceAccount", 320);
        if (account is not null && !ServiceAccounts().IsMatch(account)) reader.Wrong("serviceAccount", "must be NAMESPACE/NAME");
        CheckAuthentication(request, reader, lifetime, account);
        // These say how the credentials are, not what they are for; the mode is told with the buckets.
        foreach (var name in (string[])["accessMode", "serviceAccount", "credentialLifetime", "keyGeneration", "rotationGrace"]) reader.Forget(name);
        if (reader.Problem() is { } problem) return problem;
        return new AccessParameters
        {
            Mode = mode switch { "read-only" => AccessMode.ReadOnly, "write-only" => AccessMode.WriteOnly, _ => AccessMode.ReadWrite },
            Prefix = prefix ?? "",
            DeleteVersions = deleteVersions,
            Lifetime = lifetime,
            Generation = generation,
            Grace = grace,
            ServiceAccount = account,
            Normal = reader.Normal,
        };
    }

    private static void CheckAuthentication(AccessRequest request, ParameterReader reader, TimeSpan? lifetime, string? account)
    {
        if (request.Authentication == AccessAuthentication.Key)
        {
            if (account is not null) reader.Wrong("serviceAccount", "is for authentication with service accounts; this access is by key");
            return;
        }
        if (request.Parameters.ContainsKey("keyGeneration")) reader.Wrong("keyGeneration", "is for keys, which an access of a service account has not");
        if (lifetime is { } length && (length < TimeSpan.FromHours(1) || length > LongestSession))
            reader.Wrong("credentialLifetime", "is the longest session of a service account, from 1h to 12h");
    }

    [GeneratedRegex(@"^[A-Za-z0-9!_.()=@+-][A-Za-z0-9/!_.()=@+-]*/\z")]
    private static partial Regex Prefixes();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]*[a-z0-9])?/[a-z0-9]([a-z0-9.-]*[a-z0-9])?\z")]
    private static partial Regex ServiceAccounts();
}
