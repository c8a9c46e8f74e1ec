namespace ObjectStore.Server.Identities;

/// <summary>Removes access keys a while after they have expired; until then lists show them, so that one can see why a client fails.</summary>
internal sealed class ExpiredKeys(LabelledKeyService keys, TimeProvider time)
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Bounds one transaction: users have up to 18 keys.</summary>
    private const int UsersAtOnce = 100;

    public async Task RunAsync(CancellationToken ct)
    {
        for (; ; await Task.Delay(Interval, time, ct)) await RemoveAsync(ct);
    }

    /// <returns>How many were removed.</returns>
    public async Task<int> RemoveAsync(CancellationToken ct)
    {
        for (var total = 0; ;)
        {
            // What is refused is tried again with the next pass.
            var removed = await keys.RemoveExpiredAsync(time.GetUtcNow() - KeptFor, UsersAtOnce, ct);
            if (!removed.IsOk || removed.Value == 0) return total;
            total += removed.Value;
        }
    }
}
