using System.Text.Json;
using ObjectStore.Cosi.Access;

namespace ObjectStore.Cosi.Kubernetes;

/// <summary>The BucketAccess objects of the cluster, in both versions of COSI.</summary>
internal sealed class BucketAccesses(KubernetesClient client, string clusterId) : IAccessCluster
{
    private static readonly string[] Versions = ["v1alpha1", "v1alpha2"];

    public string Id => clusterId;

    public async Task<IReadOnlyList<ClusterAccess>?> ListAsync(CancellationToken ct)
    {
        List<ClusterAccess>? all = null;
        foreach (var version in Versions)
        {
            if (await client.ListAsync($"/apis/objectstorage.k8s.io/{version}/bucketaccesses", ct) is { } items) (all ??= []).AddRange(items.Select(AccessOf));
        }
        return all;
    }

    private static ClusterAccess AccessOf(JsonElement item) => new(
        Required(item, "metadata", "namespace"), Required(item, "metadata", "name"), Required(item, "metadata", "uid"),
        item.Find("status", "accountID"), item.Find("spec", "serviceAccountName"), SecretsOf(item));

    /// <summary>v1alpha1 has one, v1alpha2 one for each claim.</summary>
    private static IReadOnlyList<string> SecretsOf(JsonElement item)
    {
        if (item.Find("spec", "credentialsSecretName") is { Length: > 0 } name) return [name];
        return item.TryGetProperty("spec", out var spec) && spec.ValueKind == JsonValueKind.Object
            && spec.TryGetProperty("bucketClaims", out var claims) && claims.ValueKind == JsonValueKind.Array
            ? [.. claims.EnumerateArray().Select(claim => claim.Find("accessSecretName")).OfType<string>()] : [];
    }

    // A list that cannot be read is not taken for one without the object: its account would be removed.
    private static string Required(JsonElement item, string parent, string name) =>
        item.Find(parent, name) is { Length: > 0 } text ? text : throw new IOException($"A BucketAccess of the API server lacks {parent}.{name}.");
}
