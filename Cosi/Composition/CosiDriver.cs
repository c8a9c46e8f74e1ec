using Microsoft.Extensions.Logging;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Cosi.Rpc;
using ObjectStore.Cosi.Rpc.V1Alpha1;
using ObjectStore.Cosi.Rpc.V1Alpha2;
using ObjectStore.Grpc;
using ObjectStore.Grpc.Health;
using ObjectStore.Grpc.Reflection;

namespace ObjectStore.Cosi.Composition;

/// <summary>The driver as it listens: both versions of COSI, health and reflection on one socket, and metrics beside it.</summary>
internal sealed class CosiDriver : IAsyncDisposable
{
    private readonly HealthService _health;
    private readonly GrpcServer _server;
    private readonly MetricsEndpoint? _metrics;

    private CosiDriver(HealthService health, GrpcServer server, MetricsEndpoint? metrics) => (_health, _server, _metrics) = (health, server, metrics);

    public string Address => _server.Address;

    /// <summary>Null if no metrics are served.</summary>
    public string? MetricsAddress => _metrics?.Address;

    /// <exception cref="IOException">An address cannot be listened on.</exception>
    public static async Task<CosiDriver> StartAsync(
        DriverOptions options, IBucketProvisioner buckets, IAccessProvisioner access, CosiMetrics metrics, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        var health = new HealthService();
        var runner = new CallRunner(options.CallTimeout, time);
        GrpcService[] services =
        [
            IdentityV1.Build(options.DriverName), new ProvisionerV1(options, buckets, access, runner).Build(),
            IdentityV2.Build(options.DriverName), new ProvisionerV2(options, buckets, access, runner).Build(),
        ];
        var bounds = new GrpcOptions { DrainTimeout = options.StopGrace };
        var endpoint = new GrpcEndpoint([.. services, health.Service, new ReflectionService([.. services, health.Service]).Service], bounds, metrics, time);
        var metricsEndpoint = options.MetricsAddress is null ? null : await MetricsEndpoint.StartAsync(options.MetricsAddress, metrics, loggers, ct);
        try
        {
            var server = await GrpcServer.StartAsync(options.Endpoint, endpoint, bounds, loggers, ct);
            health.Set("", isServing: true);
            foreach (var service in services) health.Set(service.Descriptor.FullName, isServing: true);
            return new CosiDriver(health, server, metricsEndpoint);
        }
        catch
        {
            if (metricsEndpoint is not null) await metricsEndpoint.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes no further calls; those under way end first, for as long as the grace time lasts.</summary>
    public async ValueTask DisposeAsync()
    {
        _health.Set("", isServing: false);
        await _server.DisposeAsync();
        if (_metrics is not null) await _metrics.DisposeAsync();
    }
}
