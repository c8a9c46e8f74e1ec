using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>What is used of Vault's HTTP API, with its errors: keys of the transit engine, tokens and AppRole. Source: Vault's API documentation.</summary>
internal sealed class FakeVault : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<byte[]>> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private readonly List<string> _paths = [];
    private int _made;

    private FakeVault(WebApplication server) => _server = server;

    public Uri Address => new(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public string? Namespace { get; set; }

    public long LeaseSeconds { get; set; }

    public string SecretId { get; set; } = "secret-id";

    public int MinDecryptionVersion { get; set; } = 1;

    /// <summary>Answers instead, with status and body; null leaves it to the fake.</summary>
    public Func<string, (int Status, string Body)?>? Instead { get; set; }

    /// <summary>Waited for before anything is answered.</summary>
    public Task Before { get; set; } = Task.CompletedTask;

    /// <param name="certificate">For https; null for http.</param>
    public static async Task<FakeVault> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        var server = builder.Build();
        var vault = new FakeVault(server);
        server.Run(vault.AnswerAsync);
        await server.StartAsync();
        return vault;
    }

    public int CountOf(string path)
    {
        lock (_lock) return _paths.Count(one => one.Contains(path, StringComparison.Ordinal));
    }

    /// <summary>A key, or a further version of it.</summary>
    public void AddVersion(string name)
    {
        lock (_lock)
        {
            if (!_keys.TryGetValue(name, out var versions)) _keys.Add(name, versions = []);
            versions.Add(RandomNumberGenerator.GetBytes(32));
        }
    }

    public void Remove(string name)
    {
        lock (_lock) _keys.Remove(name);
    }

    public void AddToken(string token)
    {
        lock (_lock) _tokens.Add(token);
    }

    public void RevokeTokens()
    {
        lock (_lock) _tokens.Clear();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        await Before.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var path = context.Request.Path.Value!["/v1/".Length..];
        lock (_lock) _paths.Add(path);
        JsonNode? body = null;
        if (context.Request.Method == "POST") body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var (status, text) = Instead?.Invoke(path) ?? Answer(context.Request, path, body);
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text);
    }

    private (int Status, string Body) Answer(HttpRequest request, string path, JsonNode? body)
    {
        lock (_lock)
        {
            if (request.Headers["X-Vault-Namespace"].ToString() != (Namespace ?? "")) return Errors(404, $"no handler for route \"{path}\". route entry not found.");
            if (path == "auth/approle/login") return LogIn(body!);
            if (!_tokens.Contains(request.Headers["X-Vault-Token"].ToString())) return Errors(403, "permission denied", "invalid token");
            if (path == "auth/token/renew-self") return Auth(request.Headers["X-Vault-Token"].ToString());
            var parts = path.Split('/');
            if (parts is not ["transit", var call, var name]) return Errors(404, $"no handler for route \"{path}\". route entry not found.");
            var versions = _keys.GetValueOrDefault(name);
            return call switch
            {
                "keys" => versions is null ? Errors(404) : Data(new { name, latest_version = versions.Count, supports_encryption = true, derived = false, type = "aes256-gcm96" }),
                "encrypt" => versions is null ? Errors(400, "encryption key not found") : Encrypt(versions, Convert.FromBase64String((string)body!["plaintext"]!)),
                "decrypt" => versions is null ? Errors(400, "encryption key not found") : Decrypt(versions, (string)body!["ciphertext"]!),
                _ => Errors(404),
            };
        }
    }

    private (int Status, string Body) LogIn(JsonNode body)
    {
        if ((string?)body["role_id"] != "role-id" || (string?)body["secret_id"] != SecretId) return Errors(400, "invalid role or secret ID");
        var token = $"made-{++_made}";
        _tokens.Add(token);
        return Auth(token);
    }

    private (int Status, string Body) Auth(string token) =>
        (200, JsonSerializer.Serialize(new { auth = new { client_token = token, lease_duration = LeaseSeconds, renewable = true }, data = (object?)null }));

    private static (int Status, string Body) Encrypt(List<byte[]> versions, byte[] plain)
    {
        var bytes = new byte[12 + plain.Length + 16];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, 12));
        using var cipher = new AesGcm(versions[^1], 16);
        cipher.Encrypt(bytes.AsSpan(0, 12), plain, bytes.AsSpan(12, plain.Length), bytes.AsSpan(12 + plain.Length));
        return Data(new { ciphertext = $"vault:v{versions.Count}:{Convert.ToBase64String(bytes)}", key_version = versions.Count });
    }

    private (int Status, string Body) Decrypt(List<byte[]> versions, string ciphertext)
    {
        var parts = ciphertext.Split(':');
        var version = int.Parse(parts[1][1..], System.Globalization.CultureInfo.InvariantCulture);
        if (version < MinDecryptionVersion) return Errors(400, "ciphertext or signature version is disallowed by policy (too old)");
        if (version > versions.Count) return Errors(400, "invalid ciphertext: version is too new");
        var bytes = new byte[parts[2].Length];
        if (!Convert.TryFromBase64String(parts[2], bytes, out var length) || length < 28) return Errors(400, "invalid ciphertext: could not decode base64");
        bytes = bytes[..length];
        var plain = new byte[bytes.Length - 28];
        using var cipher = new AesGcm(versions[version - 1], 16);
        try
        {
            cipher.Decrypt(bytes.AsSpan(0, 12), bytes.AsSpan(12, plain.Length), bytes.AsSpan(12 + plain.Length), plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return Errors(400, "cipher: message authentication failed");
        }
        return Data(new { plaintext = Convert.ToBase64String(plain) });
    }

    private static (int Status, string Body) Data(object data) => (200, JsonSerializer.Serialize(new { request_id = "x", lease_id = "", data }));

    private static (int Status, string Body) Errors(int status, params string[] errors) => (status, JsonSerializer.Serialize(new { errors }));
}
