using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Kubernetes;

/// <summary>As much of a Kubernetes API server as the driver asks: lists of bucketaccesses by pages, and secrets with their versions. It takes one bearer token.</summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private const string Token = "the-token-of-the-pod";

    private readonly TemporaryDirectory _directory = new();
    private readonly WebApplication _application;
    private int _version = 1;

    private FakeApiServer(WebApplication application) => _application = application;

    /// <summary>Objects by version of the API; a version that is not here is not served.</summary>
    public ConcurrentDictionary<string, List<JsonObject>> Accesses { get; } = new(StringComparer.Ordinal);

    /// <summary>By namespace/name.</summary>
    public ConcurrentDictionary<string, JsonObject> Secrets { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Of a page, whatever is asked for.</summary>
    public int PageSize { get; set; } = 500;

    /// <summary>What requests are answered whose path has this in it.</summary>
    public (string Path, int Status)? Broken { get; set; }

    /// <summary>Runs once, before a secret is replaced.</summary>
    public Action? BeforePut { get; set; }

    public KubernetesOptions Options(string clusterId = "cluster-of-the-tests") => new(new Uri(_application.Urls.Single()), _directory["token"],
        File.Exists(_directory["ca.crt"]) ? ObjectStore.Client.ConnectionOptions.ReadAuthorities(_directory["ca.crt"]) : [], clusterId, null);

    /// <summary>What a pod of the cluster has in its environment; of a server over TLS.</summary>
    public IReadOnlyDictionary<string, string> PodEnvironment => new Dictionary<string, string>
    {
        ["KUBERNETES_SERVICE_HOST"] = "127.0.0.1",
        ["KUBERNETES_SERVICE_PORT"] = new Uri(_application.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture),
        [KubernetesOptions.DirectoryVariable] = _directory.Path,
    };

    public static async Task<FakeApiServer> StartAsync(bool tls = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var certificate = tls ? Certificates.New() : null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        var application = builder.Build();
        var server = new FakeApiServer(application);
        await File.WriteAllTextAsync(server._directory["token"], Token + "\n");
        if (certificate is not null) await File.WriteAllTextAsync(server._directory["ca.crt"], certificate.ExportCertificatePem());
        application.Run(server.AnswerAsync);
        await application.StartAsync();
        return server;
    }

    /// <summary>A BucketAccess as the controllers write it.</summary>
    public JsonObject Add(string version, string uid, string spec = "{}", string status = "{}")
    {
        var item = new JsonObject
        {
            ["metadata"] = new JsonObject { ["namespace"] = "apps", ["name"] = "access-" + uid, ["uid"] = uid },
            ["spec"] = JsonNode.Parse(spec),
            ["status"] = JsonNode.Parse(status),
        };
        Accesses.GetOrAdd(version, _ => []).Add(item);
        return item;
    }

    public void AddSecret(string name, params ReadOnlySpan<(string Key, string Value)> data)
    {
        var encoded = new JsonObject();
        foreach (var (key, value) in data) encoded[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value));
        Secrets["apps/" + name] = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["resourceVersion"] = "1" }, ["data"] = encoded };
    }

    public string ReadSecret(string name, string key) =>
        System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Secrets["apps/" + name]["data"]![key]!.GetValue<string>()));

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _directory.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Requests.Enqueue(context.Request.Method + " " + path);
        if (context.Request.Headers.Authorization != "Bearer " + Token) context.Response.StatusCode = 401;
        else if (Broken is { } broken && path.Contains(broken.Path, StringComparison.Ordinal)) context.Response.StatusCode = broken.Status;
        else if (path.Split('/') is ["", "apis", "objectstorage.k8s.io", var version, "bucketaccesses"] && Accesses.TryGetValue(version, out var items)) await ListAsync(context, items);
        else if (path.Split('/') is ["", "api", "v1", "namespaces", var space, "secrets", var name] && Secrets.ContainsKey($"{space}/{name}")) await SecretAsync(context, $"{space}/{name}");
        else context.Response.StatusCode = 404;
    }

    private async Task ListAsync(HttpContext context, List<JsonObject> items)
    {
        var from = int.TryParse(context.Request.Query["continue"], NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : 0;
        var page = items.Skip(from).Take(PageSize).Select(item => item.DeepClone()).ToArray();
        var next = from + page.Length < items.Count ? (from + page.Length).ToString(CultureInfo.InvariantCulture) : "";
        await context.Response.WriteAsync(new JsonObject { ["metadata"] = new JsonObject { ["continue"] = next }, ["items"] = new JsonArray([.. page]) }.ToJsonString());
    }

    private async Task SecretAsync(HttpContext context, string name)
    {
        if (context.Request.Method == "PUT")
        {
            var before = BeforePut;
            BeforePut = null;
            before?.Invoke();
            var secret = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
            if (secret["metadata"]!["resourceVersion"]!.GetValue<string>() != Secrets[name]["metadata"]!["resourceVersion"]!.GetValue<string>())
            {
                context.Response.StatusCode = 409;
                return;
            }
            secret["metadata"]!["resourceVersion"] = Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture);
            Secrets[name] = secret;
        }
        await context.Response.WriteAsync(Secrets[name].ToJsonString());
    }
}
