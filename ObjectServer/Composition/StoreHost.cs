using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.S3;

namespace ObjectStore.Server.Composition;

/// <summary>Assembles the store from the options.</summary>
internal sealed class StoreHost : IStore
{
    public IReadOnlyList<IS3Operation> Operations => [];

    public IReadOnlyList<IMetricsSource> Metrics => [];

    public HealthReport Health => HealthReport.Ready;

    public static ValueTask<IStore> OpenAsync(ServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct) =>
        ValueTask.FromResult<IStore>(new StoreHost());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
