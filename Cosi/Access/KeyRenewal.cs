using Microsoft.Extensions.Logging;
using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Access;

/// <summary>Follows keys by the next before they end, so that an access with a credentialLifetime goes on. Drivers may do it at once, and be ended anywhere.</summary>
/// <param name="before">How long before a key's end; half of what the key lasts if that is less.</param>
internal sealed class KeyRenewal(IamClient iam, KeyRotation rotation, IAccessCluster cluster, string driver, TimeSpan before, IIncidentObserver incidents, ILogger logger, TimeProvider time)
{
    /// <summary>How often is looked: four times before a key ends, and once an hour at least.</summary>
    public TimeSpan Interval { get; } = before / 4 < TimeSpan.FromHours(1) ? before / 4 : TimeSpan.FromHours(1);

    /// <returns>How many accesses have been given another key, or the newest where that was missing.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (await cluster.ListAsync(ct) is not { } accesses) return 0;
        var users = (await iam.ListAsync(IamHolderKind.User, AccessNaming.PathOf(driver), ct)).Select(user => user.Holder.Name).ToHashSet(StringComparer.Ordinal);
        var renewed = 0;
        foreach (var access in accesses)
        {
            if (access.Secrets.Count > 0 && users.Contains(AccessNaming.IdOf(access.AccountName)) && await RenewAsync(access, ct)) renewed++;
        }
        return renewed;
    }

    /// <summary>Looks at once, as what restarts often would never come to it, and then until it is told to stop. What fails is told, and tried again in its time.</summary>
    public async Task RunForeverAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RunAsync(ct);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                incidents.Happened("renewal_failed", $"No keys were looked for that end soon: {fault.Message}");
            }
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    /// <summary>One that cannot be renewed does not keep others from it.</summary>
    private async Task<bool> RenewAsync(ClusterAccess access, CancellationToken ct)
    {
        try
        {
            var renewed = await rotation.RenewAsync(access, before, ct);
            if (renewed is { IsOk: true, Value: { } key })
            {
                CosiLog.KeyRenewed(logger, access.Namespace, access.Name, key.AccessKeyId, key.ExpiresAt);
                return true;
            }
            if (!renewed.IsOk) Failed(access, renewed.Refusal!.Message);
        }
        catch (Exception fault) when (fault is ClientException or IOException)
        {
            Failed(access, fault.Message);
        }
        return false;
    }

    private void Failed(ClusterAccess access, string why) =>
        incidents.Happened("renewal_failed", $"The key of BucketAccess {access.Namespace}/{access.Name} ends soon or was not written, and is tried again: {why}");
}
