using System.Globalization;
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

    public async ValueTask<string?> RefuseAsync(string role, ReplicaTask task, bool isMarker, CancellationToken ct)
    {
        if (PrincipalOf(role) is not { } principal) return $"There is no role {role} that trusts {Service}.";
        if (await buckets.FindAsync(task.Bucket, ct) is not { } source) return "The bucket is gone.";
        var read = Missing(principal, source, task.Key, ["s3:GetObjectVersionForReplication"]);
        if (read is not null) return read;
        if (task.Destination.Remote is not null) return null;
        if (await buckets.FindAsync(task.Destination.Bucket, ct) is not { } target) return $"There is no bucket {task.Destination.Bucket}.";
        return Missing(principal, target, task.Key, ActionsOf(task.Parts, isMarker));
    }

    /// <summary>The session of the role that replication is; null if there is no such role, or if it does not trust S3.</summary>
    public Principal? PrincipalOf(string role) => identities.AssumeForService(role, Service, Session);

    /// <summary>Whether the role may write something to a local bucket, as far as that can be said before.</summary>
    public bool MayWrite(Principal principal, BucketAccess target, string prefix) => Missing(principal, target, prefix + "*", ["s3:ReplicateObject"]) is null;

    private static string[] ActionsOf(ReplicaParts parts, bool isMarker)
    {
        if (isMarker) return ["s3:ReplicateDelete"];
        return parts == ReplicaParts.Tags ? ["s3:ReplicateTags"] : ["s3:ReplicateObject"];
    }

    private string? Missing(Principal principal, BucketAccess bucket, string key, string[] actions)
    {
        foreach (var action in actions)
        {
            var context = new Conditions(principal, bucket.OwnerAccountId, time.GetUtcNow());
            var request = new PolicyRequest(principal.ForPolicies, action, $"arn:aws:s3:::{bucket.Name}/{key}", bucket.OwnerAccountId, context);
            if (!PolicyEvaluator.Evaluate(request, identities.PoliciesOf(principal), new ResourcePolicies(bucket.Policy)).IsAllowed)
                return $"{principal.RoleArn ?? principal.Arn} may not {action} in bucket {bucket.Name}.";
        }
        return null;
    }

    private sealed class Conditions(Principal principal, string resourceAccount, DateTimeOffset now) : IConditionContext
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
            _ => ConditionValues.None,
        };
    }
}
