using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using ObjectStore.ObjectServer.Tests.S3;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Sweep;

/// <summary>Who sends a request: access key, secret and session token.</summary>
internal sealed record Caller(string AccessKey, string Secret, string? Token = null)
{
    public static Caller Of(AccessKey key) => new(key.Id, key.Secret.Reveal());

    public static Caller Of(SessionCredentials session) => new(session.AccessKey, session.Secret, session.Token);

    public override string ToString() => AccessKey;
}

internal sealed record SweepAnswer(int Status, string Body, HttpResponseHeaders Headers)
{
    /// <summary>The code of an error; of DeleteObjects, of the first key that was not deleted. Null for success, and for HEAD.</summary>
    public string? Code => Element("Code");

    /// <summary>The whole request was refused, or (DeleteObjects) all that it asked for.</summary>
    public bool IsDenied => (Status == 403 && Code is null or "AccessDenied") || (Status == 200 && Code == "AccessDenied");

    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.First() : null;

    public string? Element(string name)
    {
        var start = Body.IndexOf($"<{name}>", StringComparison.Ordinal);
        return start < 0 ? null : WebUtility.HtmlDecode(Body[(start + name.Length + 2)..Body.IndexOf($"</{name}>", start, StringComparison.Ordinal)]);
    }

    public override string ToString() => $"{Status} {Code}";
}

/// <summary>The server, people of two accounts, and a client that sends any request as any of them.</summary>
public sealed class SweepServer : IAsyncLifetime
{
    private readonly SdkServer _server = new() { KeyManager = new ObjectStore.ObjectServer.Tests.Objects.TestKeys() };
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private int _buckets;

    internal Caller Root { get; } = new("access-key", "secret-key-of-the-tests");

    internal IdentityService Identities => _server.Identities;

    internal Uri Address => _server.Address;

    /// <summary>The last exception that the server has logged; null if there was none.</summary>
    internal Exception? LastFault => _server.LastFault;

    /// <summary>A bucket that others can be replicated to.</summary>
    internal const string Replicas = "replicas-of-sweeps";

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        await SetUpAsync("PUT", $"/{Replicas}", "", "", ("x-amz-bucket-object-lock-enabled", "true"));
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    internal async Task<SweepBucket> NewBucketAsync()
    {
        var name = $"sweep-{Interlocked.Increment(ref _buckets)}";
        await SetUpAsync("PUT", $"/{name}", "", "", ("x-amz-object-ownership", "ObjectWriter"), ("x-amz-bucket-object-lock-enabled", "true"));
        var version = await SetUpAsync("PUT", $"/{name}/{SweepBucket.Key}", "", "content", ("x-amz-server-side-encryption", "AES256"));
        var source = await SetUpAsync("PUT", $"/{name}/{SweepBucket.Source}", "", "source");
        var upload = await SetUpAsync("POST", $"/{name}/{SweepBucket.Key}", "uploads=", "");
        var uploadId = upload.Element("UploadId")!;
        var part = await SetUpAsync("PUT", $"/{name}/{SweepBucket.Key}", $"partNumber=1&uploadId={uploadId}", "part");
        return new SweepBucket(name, version.Header("x-amz-version-id")!, source.Header("x-amz-version-id")!, uploadId, part.Header("ETag")!);
    }

    private async Task<SweepAnswer> SetUpAsync(string method, string path, string query, string body, params (string, string)[] headers)
    {
        var answer = await SendAsync(new SweepRequest(method, path, query, Encoding.UTF8.GetBytes(body), headers, []), Root);
        answer.Status.ShouldBe(200, $"{method} {path}?{query}: {answer.Body}");
        return answer;
    }

    /// <param name="caller">Null sends the request without a signature.</param>
    internal async Task<SweepAnswer> SendAsync(SweepRequest request, Caller? caller)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(_server.Address, request.Path + (request.Query.Length > 0 ? "?" + request.Query : "")));
        if (request.FormKey is { } key)
            message.Content = Form(request.Path[1..], key, caller);
        else
            Sign(message, request, caller);
        using var answer = await _http.SendAsync(message);
        return new SweepAnswer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers);
    }

    private void Sign(HttpRequestMessage message, SweepRequest request, Caller? caller)
    {
        IHeaderDictionary headers = new HeaderDictionary { ["host"] = _server.Address.Authority };
        foreach (var (name, value) in request.Headers)
            headers[name] = value;
        if (caller is not null)
        {
            if (caller.Token is not null)
                headers["x-amz-security-token"] = caller.Token;
            new TestSigner(caller.AccessKey, caller.Secret, DateTimeOffset.UtcNow).SignHeaders(request.Method, request.Path, request.Query, headers, TestSigner.Hash(request.Body));
        }

        if (request.Body.Length > 0 || request.Method is "PUT" or "POST")
            message.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in headers)
        {
            if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                message.Content!.Headers.TryAddWithoutValidation(name, (string?)value).ShouldBeTrue(name);
            else if (name != "host")
                message.Headers.TryAddWithoutValidation(name, (string?)value).ShouldBeTrue(name);
        }
    }

    private static MultipartFormDataContent Form(string bucket, string key, Caller? caller)
    {
        var form = new MultipartFormDataContent("boundary-of-the-form");
        void Add(string name, string value) => form.Add(new StringContent(value, Encoding.UTF8, (MediaTypeHeaderValue?)null!), $"\"{name}\"");
        Add("key", key);
        if (caller is not null)
        {
            var signer = new TestSigner(caller.AccessKey, caller.Secret, DateTimeOffset.UtcNow);
            var fields = new List<(string Name, string Value)>
            {
                ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", $"{caller.AccessKey}/{signer.Scope}"), ("x-amz-date", signer.Date),
            };
            if (caller.Token is not null)
                fields.Add(("x-amz-security-token", caller.Token));
            var conditions = fields.Prepend(("key", key)).Prepend(("bucket", bucket)).Select(field => $"{{\"{field.Item1}\":\"{field.Item2}\"}}");
            var expiration = DateTime.UtcNow.AddMinutes(10).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            var policy = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"expiration\":\"{expiration}\",\"conditions\":[{string.Join(',', conditions)}]}}"));
            fields.ForEach(field => Add(field.Name, field.Value));
            Add("policy", policy);
            Add("x-amz-signature", Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(signer.SigningKey(), Encoding.UTF8.GetBytes(policy))));
        }

        form.Add(new ByteArrayContent("posted"u8.ToArray()), "\"file\"", "\"file.txt\"");
        return form;
    }
}
