namespace ObjectStore.Server.Objects;

/// <summary>
/// Writers of one key in this process take turns, so that a hot key makes progress instead of running into conflicts.
/// Only that: correctness rests on the transactions. One writer holds one lock at a time.
/// </summary>
internal sealed class KeyLocks
{
    /// <summary>Keys that share a stripe wait for one another; with 4,096 that is rare, and costs 32 bytes each.</summary>
    private const int Stripes = 4096;

    private readonly SemaphoreSlim[] _stripes = CreateStripes();

    public async ValueTask<Holder> LockAsync(string bucket, string key, CancellationToken ct)
    {
        var stripe = _stripes[(uint)HashCode.Combine(bucket, key) % Stripes];
        await stripe.WaitAsync(ct);
        return new Holder(stripe);
    }

    private static SemaphoreSlim[] CreateStripes()
    {
        var stripes = new SemaphoreSlim[Stripes];
        for (var i = 0; i < Stripes; i++) stripes[i] = new SemaphoreSlim(1, 1);
        return stripes;
    }

    public readonly record struct Holder(SemaphoreSlim Stripe) : IDisposable
    {
        public void Dispose() => Stripe.Release();
    }
}
