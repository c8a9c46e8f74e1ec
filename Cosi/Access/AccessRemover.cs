using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Access;

/// <summary>Removes accounts of this driver, in an order that can be taken up anywhere: what gives access first.</summary>
internal sealed class AccessRemover(IamClient iam, string driver, IStepObserver steps, IIncidentObserver incidents)
{
    /// <summary>All that there is of an account; nothing if it is not this driver's.</summary>
    /// <param name="call">For the observer: "revoke" or "sweep".</param>
    /// <returns>Whether there was any; refused if it is in a group from which the driver's user may not take it.</returns>
    public async Task<Outcome<bool>> RemoveAsync(string call, string account, CancellationToken ct)
    {
        var removed = false;
        foreach (var holder in (IamHolder[])[IamHolder.User(account), IamHolder.Role(account)])
        {
            // IAM finds names without regard to case; one that differs in it is another's.
            if (await iam.FindAsync(holder, ct) is not { } found || found.Holder.Name != account) continue;
            if (IsOwn(found))
            {
                var outcome = await RemoveAsync(call, holder, ct);
                if (!outcome.IsOk) return outcome;
                removed |= outcome.Value;
            }
            // Sidecars pass on what other vendors' drivers granted, too.
            else incidents.Happened("revoke_of_others", $"A revoke of account {account} is not carried out: {found.Arn} is not this driver's.");
        }
        return removed;
    }

    private bool IsOwn(IamIdentity identity) => identity.Path == AccessNaming.PathOf(driver) && identity.Tags.GetValueOrDefault(AccessNaming.DriverTag) == driver;

    private async Task<Outcome<bool>> RemoveAsync(string call, IamHolder holder, CancellationToken ct)
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
            if (holder.Kind == IamHolderKind.User && await LeaveGroupsAsync(call, holder, ct) is { } refusal) return refusal;

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

    /// <summary>Out of the groups that somebody put it into: the driver puts it into none.</summary>
    /// <returns>Null if it is in none any more.</returns>
    private async Task<Refusal?> LeaveGroupsAsync(string call, IamHolder user, CancellationToken ct)
    {
        foreach (var group in await iam.ListGroupsOfAsync(user.Name, ct))
        {
            try
            {
                if (await iam.RemoveFromGroupAsync(user.Name, group, ct)) steps.Done(call, "group");
            }
            // The right to it is one on the group, not on the user: whoever has it can take anybody out, also of a group that denies. So the chart does not give it.
            catch (ClientException denied) when (denied.Code == "AccessDenied")
            {
                return new Refusal(RefusalReason.FailedPrecondition, $"The account {user.Name} has lost its keys and policies, but somebody put it into the group {group}, from which the driver's user may not "
                    + $"take it. Do so with: objectstore admin group remove-user {group} {user.Name}. Then the call, which is repeated, ends.");
            }
        }
        return null;
    }
}
