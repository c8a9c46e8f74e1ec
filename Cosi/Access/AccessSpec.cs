using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Cosi.Access;

/// <summary>What an access is to be, in one form: two requests that mean the same are equal in it.</summary>
internal sealed record AccessSpec
{
    public required string Id { get; init; }

    /// <summary>As the request has it.</summary>
    public required string AccountName { get; init; }

    /// <summary>In the order of their names; none without modes.</summary>
    public required IReadOnlyList<BucketGrant> Buckets { get; init; }

    public required AccessParameters Parameters { get; init; }

    /// <summary>Null where the access is by key.</summary>
    public ServiceAccountIdentity? ServiceAccount { get; init; }

    public string Prefix => Parameters.Prefix;

    public bool DeleteVersions => Parameters.DeleteVersions;

    /// <summary>Of what the access is for, not of how its credentials are.</summary>
    public string Fingerprint
    {
        get
        {
            var text = new StringBuilder("1\n").Append(Parameters.Normal).Append(CultureInfo.InvariantCulture, $"{ServiceAccount?.Subject}\n{ServiceAccount?.Audience}\n");
            foreach (var (bucket, modes) in Buckets)
                text.Append(CultureInfo.InvariantCulture, $"{bucket} {modes!.Value.ObjectData} {modes.Value.ObjectMetadata} {modes.Value.BucketMetadata}\n");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        }
    }

    /// <summary>Without what only the cluster and the server know.</summary>
    public static Outcome<AccessSpec> Of(AccessRequest request)
    {
        var parameters = AccessParameters.Read(request);
        if (!parameters.IsOk) return parameters.Refusal!;
        var buckets = new List<BucketGrant>();
        foreach (var bucket in request.Buckets.OrderBy(bucket => bucket.BucketId, StringComparer.Ordinal))
        {
            // v1alpha1 has one mode for all there is; reading settings of buckets is none of it.
            var modes = bucket.Modes ?? new AccessModes(parameters.Value.Mode, parameters.Value.Mode, AccessMode.Any);
            if (modes is { ObjectData: AccessMode.Any, ObjectMetadata: AccessMode.Any, BucketMetadata: AccessMode.Any })
                return new Refusal(RefusalReason.InvalidArgument, $"No access mode is asked for bucket {bucket.BucketId}: name at least one of object data, object metadata and bucket metadata.");
            if (modes.BucketMetadata is AccessMode.ReadWrite or AccessMode.WriteOnly)
            {
                return new Refusal(RefusalReason.InvalidArgument, $"The bucket metadata access mode {modes.BucketMetadata} of bucket {bucket.BucketId} is not supported: "
                    + "a bucket's settings are those of its BucketClass. ReadOnly is, which reads tags, versioning, object lock, encryption and lifecycle.");
            }
            buckets.Add(bucket with { Modes = modes });
        }
        return new AccessSpec { Id = AccessNaming.IdOf(request.AccountName), AccountName = request.AccountName, Buckets = buckets, Parameters = parameters.Value };
    }
}

/// <param name="Subject">system:serviceaccount:NAMESPACE:NAME</param>
/// <param name="Provider">ARN of the server's OpenID Connect provider for the cluster.</param>
/// <param name="Issuer">Of the cluster's tokens, without https://.</param>
internal sealed record ServiceAccountIdentity(string Subject, string Audience, string Provider, string Issuer)
{
    /// <summary>Who may assume the role: pods of this service account with a token for this audience.</summary>
    public string TrustPolicy()
    {
        using var output = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("Version", "2012-10-17");
            json.WriteStartArray("Statement");
            json.WriteStartObject();
            json.WriteString("Effect", "Allow");
            json.WriteStartObject("Principal");
            json.WriteString("Federated", Provider);
            json.WriteEndObject();
            json.WriteString("Action", "sts:AssumeRoleWithWebIdentity");
            json.WriteStartObject("Condition");
            json.WriteStartObject("StringEquals");
            json.WriteString($"{Issuer}:aud", Audience);
            json.WriteString($"{Issuer}:sub", Subject);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
