using System.Globalization;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;
using ObjectStore.Server.Replication;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.S3.Replication;

/// <summary>
/// What the role of a bucket's rules may do, by its policies and those of the buckets, as it is when a version is sent. Source: S3 User Guide, "Setting up
/// permissions for live replication".
/// </summary>
internal sealed class ReplicationPermission(BucketAccessCache buckets, IIdentities identities, TimeProvider time) : IReplicationPermission
{
    /// <summary>Who a role must trust, and how its session is called.</summary>
    public const string Service = "s3.amazonaws.com";

    private const string Session = "s3-replication";

    public async ValueTask<string?> RefuseAsync(string role, ReplicaTask task, VersionRecord version, CancellationToken ct)
    {
        if (PrincipalOf(role) is not { } principal) return $"There is no role {role} that trusts {Service}.";
        if (await buckets.FindAsync(task.Bucket, ct) is not { } source) return "The bucket is gone.";
        if (!MayRead(principal, source, version)) return "The version belongs to another account, and its ACL does not let the bucket's owner read it.";
        var read = Missing(principal, source, task.Key, "s3:GetObjectVersionForReplication", version);
        if (read is not null) return read;
        if (task.Destination.Remote is not null) return null;
        if (await buckets.FindAsync(task.Destination.Bucket, ct) is not { } target) return $"There is no bucket {task.Destination.Bucket}.";
        if (task.Destination.AccountId is { } account && account != target.OwnerAccountId) return $"Bucket {target.Name} does not belong to account {account}.";
        return Missing(principal, target, task.Key, ActionOf(task.Parts, version.IsDeleteMarker()), version);
    }

    /// <summary>The session of the role that replication is; null if there is no such role, or if it does not trust S3.</summary>
    public Principal? PrincipalOf(string role) => identities.AssumeForService(role, Service, Session);

    /// <summary>Whether the role may write something to a local bucket, as far as that can be said before.</summary>
    public bool MayWrite(Principal principal, BucketAccess target, string prefix) => Missing(principal, target, prefix + "*", "s3:ReplicateObject", null) is null;

    private static string ActionOf(ReplicaParts parts, bool isMarker) =>
        isMarker ? "s3:ReplicateDelete" : parts == ReplicaParts.Tags ? "s3:ReplicateTags" : "s3:ReplicateObject";

    /// <summary>Where ACLs are in force, what others own is theirs to show. Source: S3 User Guide, "What isn't replicated with replication configurations".</summary>
    private static bool MayRead(Principal principal, BucketAccess source, VersionRecord version)
    {
        if (!source.HasAcls || version.IsDeleteMarker() || version.OwnerId.Length == 0 || version.OwnerId == source.OwnerId) return true;
        return !version.Acl.IsEmpty && AccessControlList.Read(version.Acl.Span, version.OwnerId).Grants.Any(grant =>
            grant.Gives(AclPermission.Read) && (grant.IsPublic || (grant.Grantee == GranteeKind.Account && grant.CanonicalId == principal.CanonicalId)));
    }

    private string? Missing(Principal principal, BucketAccess bucket, string key, string action, VersionRecord? version)
    {
        var isShut = bucket.Policy is { IsPublic: true } && !bucket.IsOwnedBy(principal) && bucket.BlockedIn(identities).HasFlag(PublicAccessBlock.RestrictPublicBuckets);
        var context = new Conditions(principal, bucket.OwnerAccountId, version, time.GetUtcNow());
        var request = new PolicyRequest(principal.ForPolicies, action, $"arn:aws:s3:::{bucket.Name}/{key}", bucket.OwnerAccountId, context);
        return !isShut && PolicyEvaluator.Evaluate(request, identities.PoliciesOf(principal), new ResourcePolicies(bucket.Policy)).IsAllowed
            ? null
            : $"{principal.RoleArn ?? principal.Arn} may not {action} in bucket {bucket.Name}.";
    }

    private sealed class Conditions(Principal principal, string resourceAccount, VersionRecord? version, DateTimeOffset now) : IConditionContext
    {
        public ConditionValues GetValues(ConditionKey key) => key.Name switch
        {
            "aws:principalarn" => principal.RoleArn ?? principal.Arn,
            "aws:principalaccount" => principal.AccountId,
            "aws:userid" => principal.UserId,
            "aws:viaawsservice" or "aws:securetransport" => "true",
            "aws:resourceaccount" or "s3:resourceaccount" => resourceAccount,
            "aws:currenttime" => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            "aws:epochtime" => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            "s3:existingobjecttag" => version?.Headers?.Tags.FirstOrDefault(tag => tag.Name == key.Qualifier)?.Value,
            _ => ConditionValues.None,
        };
    }
}
