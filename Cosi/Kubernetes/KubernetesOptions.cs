using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ObjectStore.Client;

namespace ObjectStore.Cosi.Kubernetes;

/// <summary>How the API server of the cluster is reached from a pod. Source: Kubernetes, "Accessing the Kubernetes API from a Pod".</summary>
/// <param name="TokenFile">Read for each request: the kubelet replaces it.</param>
/// <param name="ClusterId">Tells clusters apart: a digest of the cluster's authority, which each has its own of.</param>
/// <param name="Issuer">Of the cluster's tokens, as the pod's own says; null if it does not.</param>
internal sealed record KubernetesOptions(Uri Server, string TokenFile, X509Certificate2Collection Authorities, string ClusterId, string? Issuer)
{
    private const string Directory = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const int IdChars = 32;

    /// <summary>For tests only: where the token and the authority are instead. Named so that nobody sets it by accident.</summary>
    public const string DirectoryVariable = "OBJECTSTORE_COSI_TEST_POD_DIRECTORY";

    /// <summary>Null outside a pod, or where no token is mounted.</summary>
    /// <exception cref="IOException">The authority's certificate cannot be read.</exception>
    public static KubernetesOptions? OfPod(Func<string, string?> environment, string? directory = null)
    {
        directory ??= environment(DirectoryVariable) is { Length: > 0 } set ? set : Directory;
        var (token, authority) = (Path.Combine(directory, "token"), Path.Combine(directory, "ca.crt"));
        if (environment("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host || environment("KUBERNETES_SERVICE_PORT") is not { Length: > 0 } port) return null;
        if (!File.Exists(token) || !File.Exists(authority)) return null;
        var address = host.Contains(':', StringComparison.Ordinal) ? $"https://[{host}]:{port}" : $"https://{host}:{port}";
        try
        {
            var authorities = ConnectionOptions.ReadAuthorities(authority);
            return new KubernetesOptions(new Uri(address), token, authorities, Convert.ToHexStringLower(SHA256.HashData(authorities[0].RawData))[..IdChars], IssuerOf(File.ReadAllText(token)));
        }
        catch (FormatException unusable)
        {
            throw new IOException(unusable.Message, unusable);
        }
    }

    /// <summary>The claim iss of a token. Nothing is checked: it is the pod's own.</summary>
    internal static string? IssuerOf(string token)
    {
        try
        {
            return token.Trim().Split('.') is [_, var claims, _] ? JsonElement.Parse(Base64Url.DecodeFromChars(claims)).Find("iss") : null;
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException)
        {
            return null;
        }
    }
}
