using System.Collections.Concurrent;

namespace ObjectStore.Grpc.Health;

/// <summary>
/// Health of a server and its services: asked for once (Check, List) or watched. What is set last counts; the name "" is
/// the server as a whole.
/// </summary>
public sealed class HealthService
{
    private readonly ConcurrentDictionary<string, HealthCheckResponse.Types.ServingStatus> _statuses = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = NewChange();

    public HealthService()
    {
        Service = new GrpcService(HealthReflection.Descriptor.Services[0])
            .Unary<HealthCheckRequest, HealthCheckResponse>("Check", (request, _) => Task.FromResult(Check(request)))
            .Unary<HealthListRequest, HealthListResponse>("List", (_, _) => Task.FromResult(List()))
            .ServerStreaming<HealthCheckRequest, HealthCheckResponse>("Watch", WatchAsync);
    }

    public GrpcService Service { get; }

    public void Set(string service, bool isServing)
    {
        _statuses[service] = isServing ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing;
        Interlocked.Exchange(ref _changed, NewChange()).TrySetResult();
    }

    private HealthCheckResponse Check(HealthCheckRequest request) => _statuses.TryGetValue(request.Service, out var status)
        ? new HealthCheckResponse { Status = status }
        : throw new GrpcException(GrpcStatusCode.NotFound, $"There is no service '{request.Service}' here.");

    private HealthListResponse List()
    {
        var response = new HealthListResponse();
        foreach (var (service, status) in _statuses) response.Statuses.Add(service, new HealthCheckResponse { Status = status });
        return response;
    }

    // An unknown service is no error here: it may come to be known, and the watch tells.
    private async Task WatchAsync(HealthCheckRequest request, Func<HealthCheckResponse, Task> send, CancellationToken ct)
    {
        HealthCheckResponse.Types.ServingStatus? told = null;
        while (true)
        {
            // Taken before the status is read, so that no change falls between the two.
            var change = Volatile.Read(ref _changed).Task;
            var status = _statuses.TryGetValue(request.Service, out var known) ? known : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
            if (status != told) await send(new HealthCheckResponse { Status = status });
            told = status;
            await change.WaitAsync(ct);
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
