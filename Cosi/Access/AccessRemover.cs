using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Access;

/// <summary>Removes accounts of this driver, in an order that can be taken up anywhere: what gives access first.</summary>
internal sealed class AccessRemover(IamClient iam, string driver, IStepObserver steps, IIncidentObserver incidents)
{
    /// <summary>All that there is of an account; nothing if it is not this driver's.</summary>
    /// <param name="call">For the observer: "revoke" or "sweep".</param>
    /// <returns>Whether there was any.</returns>
    public async Task<bool> RemoveAsync(string call, string account, CancellationToken ct)
    {
        var removed = false;
        foreach (var holder in (IamHolder[])[IamHolder.User(account), IamHolder.Role(account)])
        {
            // IAM finds names without regard to case; one that differs in it is another's.
            if (await iam.FindAsync(holder, ct) is not { } found || found.Holder.Name != account) continue;
            if (IsOwn(found)) removed |= await RemoveAsync(call, holder, ct);
            // Sidecars pass on what other vendors' drivers granted, too.
            else incidents.Happened("revoke_of_others", $"A revoke of account {account} is not carried out: {found.Arn} is not this driver's.");
        }
        return removed;
    }

    private bool IsOwn(IamIdentity identity) => identity.Path == AccessNaming.PathOf(driver) && identity.Tags.GetValueOrDefault(AccessNaming.DriverTag) == driver;

    private async Task<bool> RemoveAsync(string call, IamHolder holder, CancellationToken ct)
    {
        try
        {
            // 1. Keys. A role has none; its sessions end when its trust and policies do.
            if (holder.Kind == IamHolderKind.User)
            {
                foreach (var key in await iam.ListKeysAsync(holder.Name, ct))
                {
                    if (await iam.DeleteKeyAsync(holder.Name, key.Id, ct)) steps.Done(call, "key");
                }
            }

            // 2. What it may do, also what somebody added to it.
            foreach (var policy in await iam.ListPoliciesAsync(holder, ct))
            {
                if (await iam.DeletePolicyAsync(holder, policy, ct)) steps.Done(call, "policy");
            }
            foreach (var arn in await iam.ListAttachedPoliciesAsync(holder, ct))
            {
                if (await iam.DetachPolicyAsync(holder, arn, ct)) steps.Done(call, "attachment");
            }
            if (holder.Kind == IamHolderKind.User)
            {
                foreach (var group in await iam.ListGroupsOfAsync(holder.Name, ct))
                {
                    if (await iam.RemoveFromGroupAsync(holder.Name, group, ct)) steps.Done(call, "group");
                }
            }

            // 3. Itself.
            if (!await iam.DeleteAsync(holder, ct)) return false;
            steps.Done(call, holder.Kind == IamHolderKind.User ? "user" : "role");
            return true;
        }
        // What is gone has no path any more by which the driver may do this to it: for its user that is AccessDenied.
        catch (ClientException gone) when (gone.Code is "NoSuchEntity" or "AccessDenied")
        {
            if (await iam.FindAsync(holder, ct) is not null) throw;
            // Another call was ahead.
            return false;
        }
    }
}
