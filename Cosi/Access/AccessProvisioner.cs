using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Parameters;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Access;

/// <summary>
/// An access is an IAM user with one policy and keys of one label, or a role that a service account may assume, below the driver's path. Its tags say
/// what it was asked to be, from the call on that makes it: whatever a crash leaves is found and taken up by the next call.
/// </summary>
internal sealed class AccessProvisioner(
    IamClient iam, AccountKeys keys, S3Client s3, AccessResolver resolver, AccessRemover remover, string driver, string? clusterId, IStepObserver steps, IIncidentObserver incidents)
    : IAccessProvisioner
{
    private const string Call = "grant";
    private const int MaxTagChars = 256;

    /// <summary>ARN of the permissions boundary of users and roles that are made; null for none.</summary>
    public string? PermissionsBoundary { get; init; }

    public Task<Outcome<string>> GenerateIdAsync(AccessRequest request, CancellationToken ct)
    {
        var access = AccessSpec.Of(request);
        return Task.FromResult<Outcome<string>>(access.IsOk ? access.Value.Id : access.Refusal!);
    }

    /// <summary>1. what is asked for; 2. the buckets; 3. the user or role; 4. its policy; 5. its key.</summary>
    public async Task<Outcome<GrantedAccess>> GrantAsync(AccessRequest request, CancellationToken ct)
    {
        // 1.
        var resolved = await resolver.ResolveAsync(request, ct);
        if (!resolved.IsOk) return resolved.Refusal!;
        var access = resolved.Value;
        var policy = AccessPolicy.Write(access);
        if (TooLong(access, policy) is { } tooLong) return tooLong;

        // 2.
        foreach (var bucket in access.Buckets)
        {
            if (await FindProblemAsync(bucket.BucketId, ct) is { } missing) return missing;
        }

        var holder = access.ServiceAccount is null ? IamHolder.User(access.Id) : IamHolder.Role(access.Id);
        var wasThere = false;
        try
        {
            // 3.
            if (await EnsureAsync(access, holder, request.Version, ct) is { } taken) return taken;
            wasThere = true;

            // 4. Before the key: none is there that may nothing, or what another request asked for.
            if (await iam.FindPolicyAsync(holder, AccessNaming.Policy, ct) != policy)
            {
                await iam.PutPolicyAsync(holder, AccessNaming.Policy, policy, ct);
                steps.Done(Call, "policy");
            }
            if (access.ServiceAccount is not null) return new GrantedAccess(access.Id, null, null);

            // 5.
            var (key, isNew) = await keys.CurrentAsync(access.Id, access.Parameters.Generation, access.Parameters.Lifetime, access.Parameters.Grace, ct);
            if (isNew) steps.Done(Call, "key");
            return new GrantedAccess(access.Id, key.AccessKeyId, new Secret(key.SecretAccessKey!));
        }
        // What is gone has no path any more by which the driver may do this to it: for its user that is AccessDenied.
        catch (ClientException gone) when (gone.Code is "NoSuchEntity" or "AccessDenied")
        {
            // Without the account it is the same as if it had never been asked for, unless it may not even be made.
            if (gone.Code == "AccessDenied" && !wasThere) throw;
            if (await iam.FindAsync(holder, ct) is not null) throw;
            return new Refusal(RefusalReason.Aborted, $"The account {access.Id} was revoked while it was granted. Repeat the call.");
        }
    }

    public async Task<Outcome<Done>> RevokeAsync(RevokeRequest request, CancellationToken ct)
    {
        if (request.AccountId.Length == 0)
        {
            incidents.Happened("revoke_without_account",
                $"A revoke names no account (buckets {string.Join(' ', request.BucketIds)}): the access was deleted before its id was stored. "
                + "What it may have been given stays until the orphan sweep finds it; without a sweep, look for users below " + AccessNaming.PathOf(driver));
            return default(Done);
        }
        var removed = await remover.RemoveAsync("revoke", AccessNaming.IdOf(request.AccountId), ct);
        return removed.IsOk ? default(Done) : removed.Refusal!;
    }

    /// <summary>Null if there is such a bucket, and access to it is the driver's to give.</summary>
    private async Task<Refusal?> FindProblemAsync(string bucket, CancellationToken ct)
    {
        try
        {
            return await s3.BucketExistsAsync(bucket, ct) ? null : new Refusal(RefusalReason.NotFound, $"There is no bucket {bucket}.");
        }
        catch (ClientException denied) when (denied.Code == "AccessDenied")
        {
            return new Refusal(RefusalReason.PermissionDenied, $"Bucket {bucket} belongs to another account than the driver's user, or that user may not see it (s3:ListBucket). "
                + "No access to it can be given.");
        }
    }

    /// <summary>Makes the user or role, or finds the one that is there.</summary>
    /// <returns>Null if it is what is asked for.</returns>
    private async Task<Refusal?> EnsureAsync(AccessSpec access, IamHolder holder, ApiVersion version, CancellationToken ct)
    {
        var other = holder.Kind == IamHolderKind.User ? IamHolder.Role(access.Id) : IamHolder.User(access.Id);
        if (await iam.FindAsync(other, ct) is { } known && known.Path == AccessNaming.PathOf(driver)) return Incompatible(version, access, "with another authentication type");
        var found = await iam.FindAsync(holder, ct) ?? await CreateAsync(access, holder, ct);
        if (found is null) return new Refusal(RefusalReason.Aborted, $"The account {access.Id} is being made or removed by another call. Repeat the call.");
        // IAM finds names without regard to case, and these are others.
        if (found.Holder.Name != access.Id) return Incompatible(version, access, $"as {found.Holder.Name}");
        if (found.Path != AccessNaming.PathOf(driver) || found.Tags.GetValueOrDefault(AccessNaming.DriverTag) != driver)
            return Incompatible(version, access, "by something else than this driver");
        return found.Tags.GetValueOrDefault(AccessNaming.RequestTag) == access.Fingerprint ? null : Incompatible(version, access, "for other buckets, modes or parameters");
    }

    private async Task<IamIdentity?> CreateAsync(AccessSpec access, IamHolder holder, CancellationToken ct)
    {
        try
        {
            var made = await iam.CreateAsync(new NewIamIdentity(holder)
            {
                Path = AccessNaming.PathOf(driver),
                Tags = TagsOf(access),
                TrustPolicy = access.ServiceAccount?.TrustPolicy(),
                PermissionsBoundary = PermissionsBoundary,
                MaxSessionSeconds = access.ServiceAccount is not null && access.Parameters.Lifetime is { } longest ? (int)longest.TotalSeconds : null,
            }, ct);
            steps.Done(Call, holder.Kind == IamHolderKind.User ? "user" : "role");
            return made with { Tags = TagsOf(access) };
        }
        catch (ClientException there) when (there.Code == "EntityAlreadyExists")
        {
            return await iam.FindAsync(holder, ct);
        }
    }

    private Dictionary<string, string> TagsOf(AccessSpec access)
    {
        var buckets = string.Join(' ', access.Buckets.Select(bucket => bucket.BucketId));
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [AccessNaming.DriverTag] = driver,
            [AccessNaming.AccountTag] = Cut(access.AccountName),
            [AccessNaming.RequestTag] = access.Fingerprint,
            // For people: the policy has all of them.
            [AccessNaming.BucketsTag] = Cut(buckets),
        };
        // So that a rotation, which knows no class, gives the next key the same.
        if (access.Parameters.Lifetime is { } lifetime) tags[AccessNaming.LifetimeTag] = Quantity.Format(lifetime);
        if (clusterId is not null) tags[AccessNaming.ClusterTag] = clusterId;
        return tags;
    }

    private static string Cut(string text) => text.Length <= MaxTagChars ? text : text[..(MaxTagChars - 4)] + " ...";

    /// <summary>The sidecar of v1alpha1 ends with a fault when a grant answers ALREADY_EXISTS, and takes every other bucket of the cluster with it.</summary>
    private static Refusal Incompatible(ApiVersion version, AccessSpec access, string how) => new(
        version == ApiVersion.V1Alpha1 ? RefusalReason.FailedPrecondition : RefusalReason.AlreadyExists,
        $"The account {access.Id} is there and was made {how}. Delete the BucketAccess and make a new one.");

    private static Refusal? TooLong(AccessSpec access, string policy)
    {
        // A prefix may be long, but is bounded; what makes a policy too long is many buckets.
        return policy.Length <= AccessPolicy.MaxChars ? null : new Refusal(RefusalReason.InvalidArgument,
            $"The policy of an access to these {access.Buckets.Count} buckets has {policy.Length} characters; {AccessPolicy.MaxChars} are possible. Ask for fewer buckets in one access.");
    }
}
