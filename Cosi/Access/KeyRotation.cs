using System.Globalization;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Parameters;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Access;

/// <summary>A key that took the place of another.</summary>
/// <param name="Secrets">Where it has been written, as NAMESPACE/NAME; empty if that is left to the caller.</param>
internal sealed record RotatedKey(UserKeyDocument Key, IReadOnlyList<string> Secrets);

/// <summary>
/// Gives an account a new key, and the one before an end. COSI has no call for that: sidecars never ask again with other parameters, and do not write a secret that
/// is there. So this is for operators, and writes the secrets itself where it may.
/// </summary>
/// <param name="secrets">Null outside a cluster.</param>
internal sealed class KeyRotation(IamClient iam, AccountKeys keys, string driver, IAccessCluster? cluster, AccessSecrets? secrets, IStepObserver steps)
{
    private const string Call = "rotate";

    /// <summary>1. the account; 2. its secrets, whether they can be written; 3. the key; 4. the secrets.</summary>
    public async Task<Outcome<RotatedKey>> RotateAsync(string account, TimeSpan grace, CancellationToken ct)
    {
        // 1.
        if (await iam.FindAsync(IamHolder.User(account), ct) is not { } user || user.Path != AccessNaming.PathOf(driver) || user.Tags.GetValueOrDefault(AccessNaming.DriverTag) != driver)
            return new Refusal(RefusalReason.NotFound, $"The driver {driver} has given no access by key to an account {account}.");
        var lifetime = user.Tags.TryGetValue(AccessNaming.LifetimeTag, out var text) && Quantity.TryParseDuration(text, out var length) ? length : (TimeSpan?)null;

        // 2.
        var access = cluster is null || secrets is null ? null : (await cluster.ListAsync(ct))?.FirstOrDefault(known => AccessNaming.IdOf(known.AccountName) == account || known.AccountId == account);
        if (access is not null)
        {
            var own = (await iam.ListKeysAsync(account, ct)).Select(key => key.Id).ToHashSet(StringComparer.Ordinal);
            if ((await secrets!.ReadKeysAsync(access, ct)).FirstOrDefault(key => !own.Contains(key)) is { } foreign)
                return new Refusal(RefusalReason.FailedPrecondition, $"A secret of BucketAccess {access.Namespace}/{access.Name} holds the key {foreign}, which is not one of account {account}: it is left as it is.");
        }

        // 3.
        var made = await keys.RotateAsync(account, lifetime, grace, ct);
        steps.Done(Call, "key");

        // 4. A key that cannot be written is no loss: the one before lives on for the grace time, and the next rotation makes another.
        if (access is null) return new RotatedKey(made, []);
        await secrets!.WriteAsync(access, made.AccessKeyId, new Secret(made.SecretAccessKey!), () => steps.Done(Call, "secret"), ct);
        return new RotatedKey(made, [.. access.Secrets.Select(name => string.Create(CultureInfo.InvariantCulture, $"{access.Namespace}/{name}"))]);
    }
}
