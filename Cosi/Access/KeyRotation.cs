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
/// is there. So operators ask for it, or the driver does it in time, and the secrets are written here.
/// </summary>
/// <param name="secrets">Null outside a cluster.</param>
internal sealed class KeyRotation(IamClient iam, AccountKeys keys, string driver, IAccessCluster? cluster, AccessSecrets? secrets, IStepObserver steps, TimeProvider time)
{
    /// <summary>1. the account; 2. its secrets, whether they can be written; 3. the key; 4. the secrets.</summary>
    public async Task<Outcome<RotatedKey>> RotateAsync(string account, TimeSpan grace, CancellationToken ct)
    {
        const string Call = "rotate";

        // 1.
        if (await FindAsync(account, ct) is not { } user) return new Refusal(RefusalReason.NotFound, $"The driver {driver} has given no access by key to an account {account}.");

        // 2.
        var access = cluster is null || secrets is null ? null : (await cluster.ListAsync(ct))?.FirstOrDefault(known => AccessNaming.IdOf(known.AccountName) == account || known.AccountId == account);
        if (access is not null && await FindForeignAsync(account, access, await secrets!.ReadKeysAsync(access, ct), ct) is { } refusal) return refusal;

        // 3.
        var newest = (await keys.GenerationsAsync(account, ct)).FirstOrDefault()?.Generation ?? 0;
        var made = await keys.NextAsync(account, newest, LifetimeOf(user), grace, ct);
        steps.Done(Call, "key");

        // 4. A key that cannot be written is no loss: the one before lives on for the grace time, and the next rotation makes another.
        if (access is null) return new RotatedKey(made, []);
        await secrets!.WriteAsync(access, made.AccessKeyId, new Secret(made.SecretAccessKey!), () => steps.Done(Call, "secret"), ct);
        return new RotatedKey(made, [.. access.Secrets.Select(name => string.Create(CultureInfo.InvariantCulture, $"{access.Namespace}/{name}"))]);
    }

    /// <summary>
    /// 1. whether the account's key ends soon, or there was one before it; 2. the secrets: those that hold the newest key, if that does not end, are left;
    /// 3. the key after the newest, unless another driver or one that was killed made it; 4. the secrets. Only in a cluster.
    /// </summary>
    /// <param name="access">Its account is known by its UID: what its status says is not the API server's word.</param>
    /// <param name="before">How long before its end a key is followed by another; half of what it lasts if that is less.</param>
    /// <returns>The key where a secret was to be written, else null.</returns>
    /// <exception cref="IOException">A secret cannot be read, or not be written.</exception>
    public async Task<Outcome<UserKeyDocument?>> RenewAsync(ClusterAccess access, TimeSpan before, CancellationToken ct)
    {
        const string Call = "renew";
        var account = AccessNaming.IdOf(access.AccountName);

        // 1. Of a key that was disabled, or deleted with all others, somebody wants the end.
        var known = await keys.GenerationsAsync(account, ct);
        if (known.Count == 0 || !known[0].IsActive) return default(UserKeyDocument);
        var newest = known[0];
        var endsSoon = EndsSoon(newest, before);
        if (!endsSoon && known.Count == 1) return default(UserKeyDocument);

        // 2.
        var written = await secrets!.ReadKeysAsync(access, ct);
        if (!endsSoon && written.All(key => key == newest.AccessKeyId)) return default(UserKeyDocument);
        if (await FindAsync(account, ct) is not { } user) return default(UserKeyDocument);
        if (await FindForeignAsync(account, access, written, ct) is { } refusal) return refusal;

        // 3. Those before keep the ends that they have, which are sooner than any grace time.
        var lifetime = LifetimeOf(user) ?? newest.ExpiresAt - newest.CreatedAt;
        var key = endsSoon ? await keys.NextAsync(account, newest.Generation!.Value, lifetime, AccountKeys.LongestGrace, ct) : await keys.EnsureAsync(account, newest.Generation!.Value, lifetime, AccountKeys.LongestGrace, ct);
        if (endsSoon) steps.Done(Call, "key");

        // 4. What is not written now is found by the next time: it holds the key before.
        await secrets.WriteAsync(access, key.AccessKeyId, new Secret(key.SecretAccessKey!), () => steps.Done(Call, "secret"), ct);
        return key;
    }

    private bool EndsSoon(UserKeyDocument key, TimeSpan before)
    {
        if (key.ExpiresAt is not { } end) return false;
        var half = (end - key.CreatedAt) / 2;
        return end - time.GetUtcNow().UtcDateTime <= (half < before ? half : before);
    }

    /// <summary>Null if there is none that this driver made.</summary>
    private async Task<IamIdentity?> FindAsync(string account, CancellationToken ct) =>
        await iam.FindAsync(IamHolder.User(account), ct) is { } user && user.Path == AccessNaming.PathOf(driver) && user.Tags.GetValueOrDefault(AccessNaming.DriverTag) == driver ? user : null;

    private static TimeSpan? LifetimeOf(IamIdentity user) =>
        user.Tags.TryGetValue(AccessNaming.LifetimeTag, out var text) && Quantity.TryParseDuration(text, out var length) ? length : null;

    /// <summary>Null if all these keys, which stand in its secrets, are the account's.</summary>
    private async Task<Refusal?> FindForeignAsync(string account, ClusterAccess access, IReadOnlyList<string> written, CancellationToken ct)
    {
        var own = (await iam.ListKeysAsync(account, ct)).Select(key => key.Id).ToHashSet(StringComparer.Ordinal);
        return written.FirstOrDefault(key => !own.Contains(key)) is not { } foreign ? null : new Refusal(RefusalReason.FailedPrecondition,
            $"A secret of BucketAccess {access.Namespace}/{access.Name} holds the key {foreign}, which is not one of account {account}: it is left as it is.");
    }
}
