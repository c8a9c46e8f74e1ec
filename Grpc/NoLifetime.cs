using Microsoft.Extensions.Hosting;

namespace ObjectStore.Grpc;

/// <summary>Leaves signals to the process: the web host's own lifetime would stop the server on SIGTERM before its owner knows.</summary>
public sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
