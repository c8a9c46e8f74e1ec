using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ObjectStore.Client;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>An answer of the admin API.</summary>
internal sealed record AdminReply(int Status, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>Status and code, or the status alone.</summary>
    public string Outcome => Text.Length > 0 && Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("code", out var code) ? $"{Status} {code}" : $"{Status}";

    public string this[string field] => Json.GetProperty(field).ToString();
}

/// <summary>Sends requests to the admin API, signed by the CLI's signer, and broken as a test wants them.</summary>
internal sealed class AdminCaller(SdkServer server) : IDisposable
{
    public static readonly Credentials Operator = new("access-key", "secret-key-of-the-tests", null);

    private readonly HttpClient _http = new() { BaseAddress = server.Address };

    public Task<AdminReply> SendAsync(string method, string path, string? body = null, Credentials? by = null) =>
        SendBytesAsync(method, path, body is null ? [] : Encoding.UTF8.GetBytes(body), by);

    /// <param name="break">Changes the request once it is signed.</param>
    public async Task<AdminReply> SendBytesAsync(string method, string path, byte[] body, Credentials? by = null, Action<HttpRequestMessage>? @break = null,
        string service = "objectstore", string region = "us-east-1", TimeSpan clockSkew = default)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Address, "/-/admin/v1/" + path));
        if (body.Length > 0) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        RequestSigner.Sign(request, body, by ?? Operator, region, service, DateTimeOffset.UtcNow + clockSkew);
        @break?.Invoke(request);
        using var response = await _http.SendAsync(request);
        var reply = new AdminReply((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        if (reply.Text.Length > 0) response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue("secrets stand in answers");
        return reply;
    }

    /// <summary>A new account with a key of its root.</summary>
    public async Task<(string Id, Credentials Root)> NewAccountAsync()
    {
        var made = await SendAsync("POST", "accounts", $$"""{"name": "account-{{Guid.NewGuid():N}}"}""");
        made.Status.ShouldBe(201, made.Text);
        var key = await SendAsync("POST", $"accounts/{made["id"]}/keys", "{}");
        key.Status.ShouldBe(201, key.Text);
        return (made["id"], new Credentials(key["accessKeyId"], key["secretAccessKey"], null));
    }

    /// <summary>A user of the operator's account that may do what the statement says.</summary>
    public async Task<Credentials> NewOperatorUserAsync(string? effect = null, string action = "", string resource = "*")
    {
        const string account = RootCredentialStore.AccountId;
        var name = "user-" + Guid.NewGuid().ToString("N");
        (await server.Identities.Users.CreateAsync(account, new NewUser(name), CancellationToken.None)).IsOk.ShouldBeTrue();
        if (effect is not null)
        {
            var policy = $$"""{"Version": "2012-10-17", "Statement": [{"Effect": "{{effect}}", "Action": "{{action}}", "Resource": "{{resource}}"}]}""";
            var put = await server.Identities.Attachments.PutInlineAsync(account, new PolicyHolder(PolicyHolderKind.User, name), "p", policy, CancellationToken.None);
            put.IsOk.ShouldBeTrue(put.Refusal?.Message);
        }
        var key = (await server.Identities.Users.CreateKeyAsync(account, name, null, CancellationToken.None)).Value;
        return new Credentials(key.Id, key.Secret.Reveal(), null);
    }

    public void Dispose() => _http.Dispose();
}
