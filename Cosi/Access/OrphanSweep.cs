using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Access;

/// <summary>
/// Removes accounts whose BucketAccess is gone without a revoke, as when it is deleted while it is being granted. Only what is surely one: made by this driver in
/// this cluster for a BucketAccess, old enough, and not there in a complete list of them that began after the accounts were listed.
/// </summary>
/// <param name="age">How old an account must be by the server's clock.</param>
internal sealed class OrphanSweep(
    IamClient iam, AccessRemover remover, IAccessCluster cluster, string driver, TimeSpan age, IIncidentObserver incidents, TimeProvider time)
{
    private const string NamePrefix = "ba-";

    /// <returns>How many accounts were removed.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var path = AccessNaming.PathOf(driver);
        IamIdentity[] accounts = [.. await iam.ListAsync(IamHolderKind.User, path, ct), .. await iam.ListAsync(IamHolderKind.Role, path, ct)];
        var suspects = accounts.Where(account => account.CreatedAt < time.GetUtcNow() - age && IsOfBucketAccess(account.Holder.Name)).ToArray();
        if (suspects.Length == 0 || await cluster.ListAsync(ct) is not { } accesses) return 0;
        var alive = accesses.SelectMany(access => (string?[])[AccessNaming.IdOf(access.AccountName), access.AccountId]).ToHashSet(StringComparer.Ordinal);
        var removed = 0;
        foreach (var suspect in suspects)
        {
            if (alive.Contains(suspect.Holder.Name)) continue;
            // Other clusters may use this server, with a driver of the same name.
            if (await iam.FindAsync(suspect.Holder, ct) is not { } account || account.Tags.GetValueOrDefault(AccessNaming.ClusterTag) != cluster.Id) continue;
            var outcome = await remover.RemoveAsync("sweep", suspect.Holder.Name, ct);
            // It does not keep the others.
            if (!outcome.IsOk) incidents.Happened("sweep_failed", outcome.Refusal!.Message);
            if (outcome is not { IsOk: true, Value: true }) continue;
            incidents.Happened("orphan_removed", $"The account {suspect.Holder.Name} had no BucketAccess any more and is removed (buckets {account.Tags.GetValueOrDefault(AccessNaming.BucketsTag)}).");
            removed++;
        }
        return removed;
    }

    /// <summary>Sweeps until it is told to stop; a sweep that fails is told, and the next one comes in its time.</summary>
    public async Task RunForeverAsync(TimeSpan interval, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            try
            {
                await RunAsync(ct);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                incidents.Happened("sweep_failed", $"No orphans were looked for: {fault.Message}");
            }
        }
    }

    private static bool IsOfBucketAccess(string account) =>
        account.StartsWith(NamePrefix, StringComparison.Ordinal) && Guid.TryParseExact(account.AsSpan(NamePrefix.Length), "D", out _);
}
