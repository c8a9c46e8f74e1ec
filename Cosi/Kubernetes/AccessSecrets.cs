using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ObjectStore.Cosi.Access;

namespace ObjectStore.Cosi.Kubernetes;

/// <summary>Puts a new key into the secrets of a BucketAccess, which the sidecars write once and never again.</summary>
internal sealed class AccessSecrets(KubernetesClient client)
{
    private const int Attempts = 5;

    /// <summary>Names of fields that hold an access key, and beside each the one of its secret. Both shapes of v1alpha2.</summary>
    private static readonly (string Key, string Secret)[] Fields = [("COSI_S3_ACCESS_KEY_ID", "COSI_S3_ACCESS_SECRET_KEY"), ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")];

    /// <summary>The keys that stand in the secrets now: whether they can be read, and whose they are, is known before anything is changed.</summary>
    /// <exception cref="IOException">One cannot be read, or has no credentials as COSI writes them.</exception>
    public async Task<IReadOnlyList<string>> ReadKeysAsync(ClusterAccess access, CancellationToken ct)
    {
        var keys = new List<string>();
        foreach (var name in access.Secrets)
        {
            var secret = JsonObject.Create(await client.GetAsync(PathOf(access, name), ct))!;
            keys.Add(Exchange(secret, null, null) ?? throw NoCredentials(access, name));
        }
        return keys;
    }

    /// <summary>Puts the key into all secrets that hold another.</summary>
    /// <param name="written">Runs after each secret that was replaced.</param>
    /// <exception cref="IOException">One cannot be replaced.</exception>
    public async Task WriteAsync(ClusterAccess access, string accessKey, Secret secretKey, Action written, CancellationToken ct)
    {
        foreach (var name in access.Secrets)
        {
            for (var attempt = 1; ; attempt++)
            {
                var secret = JsonObject.Create(await client.GetAsync(PathOf(access, name), ct))!;
                var before = Exchange(secret, accessKey, secretKey) ?? throw NoCredentials(access, name);
                if (before == accessKey) break;
                try
                {
                    await client.PutAsync(PathOf(access, name), Encoding.UTF8.GetBytes(secret.ToJsonString()), ct);
                    written();
                    break;
                }
                catch (KubernetesException conflict) when (conflict.Status == HttpStatusCode.Conflict && attempt < Attempts)
                {
                    // Somebody changed it meanwhile: what they wrote stays beside the key.
                }
            }
        }
    }

    /// <summary>Exchanges the key, if there is a new one.</summary>
    /// <returns>The access key that was there; null if there is none.</returns>
    private static string? Exchange(JsonObject secret, string? accessKey, Secret? secretKey)
    {
        if (secret["data"] is not JsonObject data) return null;
        if (data.ContainsKey("BucketInfo")) return ExchangeBucketInfo(data, accessKey, secretKey);
        foreach (var (key, secretField) in Fields)
        {
            if (Decode(data, key) is not { } old || !data.ContainsKey(secretField)) continue;
            if (accessKey is not null) (data[key], data[secretField]) = (Encode(accessKey), Encode(secretKey!.Reveal()));
            return old;
        }
        return null;
    }

    private static string? ExchangeBucketInfo(JsonObject data, string? accessKey, Secret? secretKey)
    {
        try
        {
            var info = JsonNode.Parse(Decode(data, "BucketInfo") ?? "");
            if (info?["spec"]?["secretS3"] is not JsonObject s3 || s3["accessKeyID"]?.GetValue<string>() is not { } old) return null;
            if (accessKey is null) return old;
            (s3["accessKeyID"], s3["accessSecretKey"]) = (accessKey, secretKey!.Reveal());
            data["BucketInfo"] = Encode(info.ToJsonString());
            return old;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Decode(JsonObject data, string field)
    {
        if (data[field] is not JsonValue value || !value.TryGetValue<string>(out var text)) return null;
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string PathOf(ClusterAccess access, string secret) => $"/api/v1/namespaces/{Uri.EscapeDataString(access.Namespace)}/secrets/{Uri.EscapeDataString(secret)}";

    private static IOException NoCredentials(ClusterAccess access, string secret) => new($"The secret {access.Namespace}/{secret} holds no keys as COSI writes them.");
}
