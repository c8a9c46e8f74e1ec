using ObjectStore.Client;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Rpc;

/// <summary>Runs what a call asks for: with a deadline also where the client names none, and with refusals and faults of the server as statuses.</summary>
internal sealed class CallRunner(TimeSpan timeout, TimeProvider time)
{
    /// <exception cref="GrpcException">It was refused, or took too long.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<Outcome<T>>> call, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            var outcome = await call(either.Token);
            return outcome.IsOk ? outcome.Value : throw Statuses.Of(outcome.Refusal!);
        }
        catch (ClientException fault)
        {
            throw Statuses.Of(ServerFaults.Of(fault));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatusCode.DeadlineExceeded, $"The call did not end in {timeout.TotalSeconds:0} s. Repeat it: it goes on where it was.");
        }
    }
}
