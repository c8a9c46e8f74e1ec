using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Sends requests to a Vault. Source: Vault's API documentation, "HTTP API" and "Transit secrets engine". Messages of its exceptions
/// reach clients: they say what is wrong, and neither the address nor a token.
/// </summary>
internal sealed class VaultClient : IDisposable
{
    private const int MaxAnswerBytes = 1 << 20;

    private readonly HttpClient _http;
    private readonly VaultOptions _options;

    /// <exception cref="IOException">The file of certificates cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    /// <exception cref="CryptographicException">It holds none.</exception>
    public VaultClient(VaultOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler
        {
            // A redirect could lead a token anywhere.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = options.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.CaFile is { } file) handler.SslOptions.CertificateChainPolicy = TrustOnly(file);
        _http = new HttpClient(handler) { BaseAddress = options.Address, Timeout = options.Timeout, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>The answer, whatever its status.</summary>
    /// <param name="path">Below /v1/.</param>
    /// <param name="token">Null where none is needed.</param>
    /// <param name="body">Null for GET.</param>
    /// <exception cref="KeyManagerException">Transient: none came, or Vault cannot work now.</exception>
    public async ValueTask<VaultReply> SendAsync(string path, string? token, VaultRequest? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri("/v1/" + path, UriKind.Relative));
        // Keeps pages that only look like Vault's from answering.
        request.Headers.Add("X-Vault-Request", "true");
        if (token is not null) request.Headers.TryAddWithoutValidation("X-Vault-Token", token);
        if (_options.Namespace is { } space) request.Headers.TryAddWithoutValidation("X-Vault-Namespace", space);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, VaultJson.Default.VaultRequest));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        try
        {
            using var response = await _http.SendAsync(request, ct);
            var status = (int)response.StatusCode;
            if (status is 412 or 429 or >= 472 || status is >= 300 and < 400)
                throw Unavailable($"it answered {status}{(response.StatusCode == HttpStatusCode.ServiceUnavailable ? ", which is what a sealed one says" : "")}");
            return new VaultReply(status, Parse(await response.Content.ReadAsByteArrayAsync(ct), status));
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            // What is wrong with the certificate, which says nothing of where it is.
            throw Unavailable($"no trusted connection to it could be made ({e.InnerException?.Message ?? e.Message})", e);
        }
        catch (HttpRequestException e)
        {
            throw Unavailable($"it cannot be reached ({e.HttpRequestError})", e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw Unavailable($"it did not answer within {_options.Timeout.TotalSeconds} s", e);
        }
    }

    public void Dispose() => _http.Dispose();

    public static KeyManagerException Unavailable(string reason, Exception? inner = null) =>
        new(isTransient: true, $"The key manager cannot be used now: {reason}. Nothing is lost by waiting; please try again.", inner);

    private static VaultAnswer Parse(byte[] body, int status)
    {
        try
        {
            if (body.Length == 0) return new VaultAnswer();
            return JsonSerializer.Deserialize(body, VaultJson.Default.VaultAnswer) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException e)
        {
            throw Unavailable($"what it answered ({status}) is not Vault's", e);
        }
    }

    private static X509ChainPolicy TrustOnly(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        if (policy.CustomTrustStore.Count == 0) throw new CryptographicException($"{file} holds no certificates.");
        return policy;
    }
}

internal readonly record struct VaultReply(int Status, VaultAnswer Answer)
{
    public bool IsOk => Status is >= 200 and < 300;
}

/// <summary>The bodies of all requests that are made; what is null is left out.</summary>
internal sealed record VaultRequest
{
    [JsonPropertyName("plaintext")]
    public string? Plaintext { get; init; }

    [JsonPropertyName("ciphertext")]
    public string? Ciphertext { get; init; }

    [JsonPropertyName("role_id")]
    public string? RoleId { get; init; }

    [JsonPropertyName("secret_id")]
    public string? SecretId { get; init; }

    public override string ToString() => "request to Vault";
}

/// <summary>What is looked at in answers.</summary>
internal sealed class VaultAnswer
{
    [JsonPropertyName("data")]
    public VaultData? Data { get; init; }

    [JsonPropertyName("auth")]
    public VaultAuth? Auth { get; init; }

    [JsonPropertyName("errors")]
    public IReadOnlyList<string>? Errors { get; init; }

    public bool Says(string text) => Errors?.Any(error => error.Contains(text, StringComparison.OrdinalIgnoreCase)) == true;
}

internal sealed class VaultData
{
    [JsonPropertyName("plaintext")]
    public string? Plaintext { get; init; }

    [JsonPropertyName("ciphertext")]
    public string? Ciphertext { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("supports_encryption")]
    public bool? SupportsEncryption { get; init; }

    [JsonPropertyName("derived")]
    public bool? IsDerived { get; init; }
}

internal sealed class VaultAuth
{
    [JsonPropertyName("client_token")]
    public string? ClientToken { get; init; }

    [JsonPropertyName("lease_duration")]
    public long LeaseSeconds { get; init; }

    [JsonPropertyName("renewable")]
    public bool IsRenewable { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VaultRequest))]
[JsonSerializable(typeof(VaultAnswer))]
internal sealed partial class VaultJson : JsonSerializerContext;
