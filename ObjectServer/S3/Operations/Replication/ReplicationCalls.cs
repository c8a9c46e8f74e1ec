using Microsoft.AspNetCore.Http;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Identities;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;
using ObjectStore.Server.Replication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Replication;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Judges rules against the buckets, roles and remotes that there are, and then sets them all.</summary>
[Handles(S3OperationName.PutBucketReplication)]
internal sealed class PutBucketReplication(ObjectEngine engine, ReplicationSetup replication, IIdentities identities, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        // Where S3 has made this token unnecessary, it would have no effect.
        if (context.Header("x-amz-bucket-object-lock-token") is not null)
            throw new S3Exception(new S3Error(S3ErrorCode.NotImplemented, null, ("Header", "x-amz-bucket-object-lock-token")));
        var config = ReplicationParser.Parse(await context.Body.ReadDocumentAsync(ReplicationDocument.MaxBodyBytes, ct));
        var bucket = await context.Access.FindBucketAsync(context.Bucket!, ct) ?? throw new S3Exception(S3ErrorCode.NoSuchBucket);
        var role = CheckRole(context, bucket, config.Role);
        var source = await LoadAsync(context.Bucket!, ct);
        foreach (var rules in config.Rules.GroupBy(static rule => (rule.DestinationArn, rule.StorageClass, rule.AccountId, rule.OwnedByDestination, rule.ReplicaKeyId)))
            await CheckDestinationAsync(context, rules.ToArray(), role, source, ct);

        var put = await replication.Service.PutAsync(context.Bucket!, config, ct);
        if (put.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        // S3 says so with this code.
        else if (put.Fault == ObjectFault.InvalidBucketState) await context.SendErrorAsync(new S3Error(S3ErrorCode.InvalidRequest, put.Failure.Message), ct);
        else await context.SendFailureAsync(put.Failure, ct);
    }

    /// <summary>A role of the bucket's account, which whoever sets the rules may hand on.</summary>
    private Principal CheckRole(S3RequestContext context, BucketAccess bucket, string role)
    {
        if (replication.Permission.PrincipalOf(role) is not { } principal || principal.AccountId != bucket.OwnerAccountId)
            throw new S3Exception(S3ErrorCode.InvalidArgument, $"The role {role} does not exist in the account of the bucket, or does not trust {ReplicationPermission.Service}.");
        if (!MayDo(context, "iam:PassRole", role, principal.AccountId)) throw new S3Exception(S3ErrorCode.AccessDenied);
        return principal;
    }

    private bool MayDo(S3RequestContext context, string action, string resource, string accountId)
    {
        var conditions = new RequestConditions(context.Access.Request, new AccessQuestion(action, null, null, null, null), options.Region);
        var request = new PolicyRequest(context.Principal.ForPolicies, action, resource, accountId, conditions);
        return PolicyEvaluator.Evaluate(request, identities.PoliciesOf(context.Principal), default).IsAllowed;
    }

    private async ValueTask<SourceTraits> LoadAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct) ?? throw new S3Exception(S3ErrorCode.NoSuchBucket);
        if (record.Versioning != (uint)VersioningState.Enabled)
            throw Refused("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
        return new SourceTraits(record.ObjectLock);
    }

    private async ValueTask CheckDestinationAsync(S3RequestContext context, ReplicationRuleRecord[] rules, Principal role, SourceTraits source, CancellationToken ct)
    {
        var destination = ReplicaDestination.ParseArn(rules[0].DestinationArn)!.With(rules[0]);
        if (destination.Remote is null) await CheckLocalAsync(context, destination, rules, role, ct);
        else if (!MayUseRemotes(context, destination)) throw new S3Exception(S3ErrorCode.AccessDenied);
        var probe = await replication.Service.Sender.ProbeAsync(destination, source, ct);
        switch (probe.State)
        {
            case DestinationState.Ready:
                return;
            case DestinationState.NotFound:
                throw Refused("Destination bucket must exist.");
            case DestinationState.NotVersioned:
                throw Refused("Destination bucket must have versioning enabled.");
            case DestinationState.NoObjectLock:
                throw Refused("Object Lock must be enabled on the destination bucket, as it is on the source.");
            case DestinationState.Denied:
                throw Refused(probe.Message ?? "The remote's credentials may not write to the destination bucket.");
            case DestinationState.Unsupported:
                throw new S3Exception(S3ErrorCode.NotImplemented, probe.Message);
            default:
                throw Refused(probe.Message ?? "The destination does not answer.");
        }
    }

    private async ValueTask CheckLocalAsync(S3RequestContext context, ReplicaDestination destination, ReplicationRuleRecord[] rules, Principal role, CancellationToken ct)
    {
        if (destination.Bucket == context.Bucket) throw Refused("Destination bucket cannot be the same as the source bucket.");
        if (await context.Access.FindBucketAsync(destination.Bucket, ct) is not { } target) throw Refused("Destination bucket must exist.");
        if (destination.AccountId is { } account && account != target.OwnerAccountId) throw Refused("The destination bucket does not belong to the account that is named.");
        if (destination.StorageClass is { } storageClass && !engine.Classes.Has(storageClass)) throw new S3Exception(S3ErrorCode.InvalidStorageClass);
        if (destination.ReplicaKeyId is { } keyId && await engine.Keys.CheckAsync(EncryptionMethod.ManagedKey, keyId, ct) is not null)
            throw Refused("The ReplicaKmsKeyID is not known.");
        foreach (var rule in rules)
        {
            if (!replication.Permission.MayWrite(role, target, rule.Prefix)) throw new S3Exception(S3ErrorCode.AccessDenied);
        }
    }

    /// <summary>Remotes are the operator's, and so are the credentials that write there.</summary>
    private bool MayUseRemotes(S3RequestContext context, ReplicaDestination destination) =>
        context.Principal.AssumedBy is not null || MayDo(context, "s3:ReplicateObject", destination.Arn + "/*", RootCredentialStore.AccountId);

    private static S3Exception Refused(string message) => new(S3ErrorCode.InvalidRequest, message);
}

[Handles(S3OperationName.GetBucketReplication)]
internal sealed class GetBucketReplication(ReplicationSetup replication) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await replication.Service.GetAsync(context.Bucket!, ct);
        if (found.IsOk) await context.SendXmlAsync(StatusCodes.Status200OK, found.Value, ReplicationDocument.Write, ct);
        else if (found.Fault == ObjectFault.NoSuchConfiguration)
            await context.SendErrorAsync(new S3Error(S3ErrorCode.ReplicationConfigurationNotFoundError, null, ("BucketName", context.Bucket)), ct);
        else await context.SendFailureAsync(found.Failure, ct);
    }
}

[Handles(S3OperationName.DeleteBucketReplication)]
internal sealed class DeleteBucketReplication(ReplicationSetup replication) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await replication.Service.DeleteAsync(context.Bucket!, ct);
        if (deleted.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(deleted.Failure, ct);
    }
}
