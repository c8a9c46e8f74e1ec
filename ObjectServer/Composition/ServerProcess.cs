using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ObjectStore.Server.Admin;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Http;
using ObjectStore.Server.Iam;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.Composition;

/// <summary>The life of the server: opens the store, listens, serves until a signal, drains, closes.</summary>
internal sealed class ServerProcess(ServerOptions options, StoreOpener openStore, ILoggerFactory loggers, TimeProvider time, Random random)
{
    private readonly ILogger _logger = loggers.CreateLogger<ServerProcess>();
    private readonly ServerHealth _health = new();
    private readonly RequestIds _ids = new(random);

    public static string Version { get; } =
        typeof(ServerProcess).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Serves until <paramref name="stop"/> is cancelled, or SIGTERM or SIGINT comes.</summary>
    /// <param name="listening">Told the addresses, once they are listened on.</param>
    public async Task RunAsync(Action<IReadOnlyList<string>>? listening, CancellationToken stop)
    {
        ServerLog.Starting(_logger, Version, options.ToString());
        if (options.HasDefaultCredentials) ServerLog.DefaultCredentials(_logger);

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var terminate = StopOn(PosixSignal.SIGTERM, stopping);
        using var interrupt = StopOn(PosixSignal.SIGINT, stopping);
        using var certificates = OpenCertificates();
        await using var store = await openStore(options, loggers, time, stopping.Token);
        await using var kestrel = KestrelHost.Create(options.Address, certificates, _ids, loggers);
        using var documents = new ProviderDocuments(options.InsecureOidc, loggers.CreateLogger<ProviderDocuments>());
        await StartAsync(kestrel, BuildApplication(store, documents), stopping.Token);
        _health.Serve(() => store.Health);
        foreach (var address in kestrel.Addresses) ServerLog.Listening(_logger, address);
        listening?.Invoke(kestrel.Addresses);

        await Task.Delay(Timeout.Infinite, stopping.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await DrainAsync(kestrel);
    }

    private ServerApplication BuildApplication(IStore store, IProviderDocuments documents)
    {
        var metrics = new ServerMetrics(time);
        var virtualHosts = new VirtualHosts(options.Domains);
        var authenticator = new SignatureV4Authenticator(
            store.Identities, options.Region, time, options.SignatureV2 ? new SignatureV2Authenticator(store.Identities, options.Region, time) : null);
        var forms = new FormAuthenticator(store.Identities, options.Region, options.SignatureV2, time);
        var handlers = new OperationHandlers(store.Operations);
        var s3 = new S3Endpoint(
            handlers, authenticator, forms, store.Authorizer, store.Cors, virtualHosts, time, loggers.CreateLogger<S3Endpoint>(), store.AccessLog, store.RequestMetrics);
        var system = new SystemEndpoints(_health, [metrics, .. store.Metrics], BuildAdmin(store));
        return new ServerApplication(s3, system, virtualHosts, metrics, _ids, time, loggers.CreateLogger<ServerApplication>(), BuildQuery(store, documents), BuildWebsite(store, handlers), options.Dialect);
    }

    private WebsiteEndpoint? BuildWebsite(IStore store, OperationHandlers handlers) => options.WebsiteDomains.Count == 0 || store.Reader is not { } reader
        ? null
        : new WebsiteEndpoint(handlers, store.Authorizer, store.Buckets, reader, new VirtualHosts(options.WebsiteDomains), store.AccessLog, time, loggers.CreateLogger<WebsiteEndpoint>());

    private QueryEndpoint BuildQuery(IStore store, IProviderDocuments documents)
    {
        var verifier = new WebIdentityVerifier(new ProviderKeys(documents, time), options.InsecureOidc, time);
        var authenticator = new SignatureV4Authenticator(store.Identities, options.Region, time) { Services = QueryEndpoint.SignedServices };
        return new QueryEndpoint(authenticator, new QueryService(store.Identities, verifier, options.Dialect, new TopicActions(store.Notifications.Targets, store.Notifications.Options.AllowedEndpoints, options.Region)), store.Identities, time, loggers.CreateLogger<QueryEndpoint>());
    }

    private AdminEndpoint BuildAdmin(IStore store)
    {
        var api = new AdminApi(
            store.Identities, store.Buckets, store.Notifications, options.Region, new ServerStatus(Version, options.Region, _health, store.Status, time), loggers.CreateLogger<AdminApi>(), store.AdminCalls);
        var authenticator = new SignatureV4Authenticator(store.Identities, options.Region, time) { Services = AdminEndpoint.SignedServices };
        return new AdminEndpoint(api, authenticator, time, loggers.CreateLogger<AdminEndpoint>());
    }

    private CertificateStore? OpenCertificates()
    {
        if (options.Tls is null) return null;
        try
        {
            return new CertificateStore(options.Tls, time, loggers.CreateLogger<CertificateStore>());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StartException($"The TLS certificate {options.Tls.CertificatePath} with key {options.Tls.KeyPath} cannot be used: {exception.Message}", exception);
        }
    }

    private async Task StartAsync(KestrelHost kestrel, ServerApplication application, CancellationToken ct)
    {
        try
        {
            await kestrel.StartAsync(application, ct);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            throw new StartException($"Cannot listen on {options.Address}: {exception.Message}", exception);
        }
    }

    private async Task DrainAsync(KestrelHost kestrel)
    {
        _health.Drain();
        ServerLog.Draining(_logger, options.DrainTimeout.TotalSeconds);
        using var limit = new CancellationTokenSource(options.DrainTimeout, time);
        await kestrel.StopAsync(limit.Token);
        ServerLog.Stopped(_logger);
    }

    // The signal must not end the process by itself: the store has to be closed first.
    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stopping) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stopping.Cancel();
    });
}
