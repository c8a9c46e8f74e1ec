using ObjectStore.Metadata.Kv;

namespace ObjectStore.Server.Objects;

/// <summary>Runs a transaction until it commits, refuses, or has met conflicts too often.</summary>
/// <param name="committed">Run after each commit.</param>
internal sealed class Transactions(IKeyValueStore store, int maxAttempts, TimeProvider time, Random random, Action? committed = null)
{
    private const int MaxDelayMs = 50;

    /// <summary>
    /// <paramref name="body"/> reads and writes, and may run several times; a failure that it returns is final and
    /// commits nothing. It was judged on one snapshot, so it was true at one moment.
    /// </summary>
    public async ValueTask<Result<T>> RunAsync<T>(Func<IKvTransaction, ValueTask<Result<T>>> body, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var transaction = store.Begin();
                var result = await body(transaction);
                if (!result.IsOk) return result;
                ct.ThrowIfCancellationRequested();
                // Not cancelled half way: the caller must know how it went.
                await transaction.CommitAsync(CancellationToken.None);
                committed?.Invoke();
                return result;
            }
            catch (KvException e) when (e.Fault == KvFault.UnknownOutcome)
            {
                return new Failure(ObjectFault.UnknownOutcome) { Message = e.Message };
            }
            catch (KvException e) when (e.Fault == KvFault.BoundExceeded)
            {
                // Counters are bounded by nothing else.
                return QuotaRules.Exceeded;
            }
            catch (KvException e) when (e.IsTransient)
            {
                if (attempt >= maxAttempts) return Exhausted(e);
            }
            await BackOffAsync(attempt, ct);
        }
    }

    private static Failure Exhausted(KvException e) => new(e.Fault == KvFault.Conflict ? ObjectFault.ConditionalRequestConflict : ObjectFault.ServiceUnavailable)
    {
        Message = e.Message,
    };

    private async ValueTask BackOffAsync(int attempt, CancellationToken ct)
    {
        if (attempt == 1) return;
        var boundMs = Math.Min(MaxDelayMs, 1 << Math.Min(attempt, 6));
        int delayMs;
        lock (random) delayMs = random.Next(boundMs + 1);
        await Task.Delay(TimeSpan.FromMilliseconds(delayMs), time, ct);
    }
}
