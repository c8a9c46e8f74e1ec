using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace ObjectStore.Cosi.Kubernetes;

/// <summary>An answer of the API server that is no success.</summary>
internal sealed class KubernetesException(HttpStatusCode status, string message) : IOException(message)
{
    public HttpStatusCode Status => status;
}

/// <summary>The little of the Kubernetes API that the driver needs: objects as JSON, read, listed by pages and replaced.</summary>
internal sealed class KubernetesClient : IDisposable
{
    private const int MaxAnswerBytes = 64 << 20;
    private const int PageSize = 500;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly KubernetesOptions _options;

    public KubernetesClient(KubernetesOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) };
        if (options.Authorities.Count > 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(options.Authorities);
            handler.SslOptions.CertificateChainPolicy = policy;
        }
        _http = new HttpClient(handler) { Timeout = Limit, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>All of a list; null if the cluster serves no such resource.</summary>
    /// <param name="path">Such as /apis/GROUP/VERSION/RESOURCE.</param>
    /// <exception cref="IOException">It cannot be had whole.</exception>
    public async Task<IReadOnlyList<JsonElement>?> ListAsync(string path, CancellationToken ct)
    {
        var items = new List<JsonElement>();
        for (var next = ""; ;)
        {
            var query = $"?limit={PageSize}{(next.Length == 0 ? "" : "&continue=" + Uri.EscapeDataString(next))}";
            JsonElement page;
            try
            {
                page = await SendAsync(HttpMethod.Get, path + query, null, ct);
            }
            catch (KubernetesException none) when (none.Status == HttpStatusCode.NotFound && next.Length == 0)
            {
                return null;
            }
            if (page.ValueKind != JsonValueKind.Object || !page.TryGetProperty("items", out var list) || list.ValueKind != JsonValueKind.Array)
                throw new KubernetesException(HttpStatusCode.OK, $"The API server's answer to {path} is no list.");
            items.AddRange(list.EnumerateArray());
            next = page.Find("metadata", "continue") ?? "";
            if (next.Length == 0) return items;
        }
    }

    /// <exception cref="IOException">It cannot be had.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    /// <summary>Replaces an object; 409 if somebody changed it since it was read, as its resourceVersion tells.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonElement> PutAsync(string path, byte[] body, CancellationToken ct) => SendAsync(HttpMethod.Put, path, body, ct);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(_options.Server, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(_options.TokenFile, ct)).Trim());
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var response = await _http.SendAsync(request, ct);
            if (!response.IsSuccessStatusCode) throw new KubernetesException(response.StatusCode, $"The API server answers {(int)response.StatusCode} to {method} {path.Split('?')[0]}.");
            return JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(ct));
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException || (fault is TaskCanceledException && !ct.IsCancellationRequested))
        {
            throw new IOException($"The API server does not answer {method} {path.Split('?')[0]}: {fault.Message}", fault);
        }
    }
}

internal static class KubernetesJson
{
    /// <summary>A text by its path; null if it, or something on the way to it, is not there.</summary>
    public static string? Find(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        }
        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
