using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutObjectAcl)]
internal sealed class PutObjectAcl(ObjectReader objects, VersionUpdater updater, IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        // First, as it can come long after the headers: what is looked at has to be what there is then.
        await context.Body.ReadDocumentAsync(AclDocument.MaxBodyBytes, ct);
        var bucket = await AclBody.BucketAsync(context, ct);
        var found = await objects.StatAsync(new() { Bucket = context.Bucket!, Key = context.Key!, VersionId = Parameters.VersionId(context) }, ct);
        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        var ownerId = bucket.HasAcls ? found.Value.OwnerId ?? bucket.OwnerId : bucket.OwnerId;
        var acl = await AclBody.ReadAsync(context, ownerId, bucket.OwnerId, identities, ct);
        if (AclBody.IsTheCase(acl, bucket, context.Principal))
        {
            Answers.SetVersion(context, found.Value.Versioning, found.Value.VersionId);
            context.SendEmpty(StatusCodes.Status200OK);
            return;
        }

        AclBody.RefusePublic(acl, bucket, identities);
        // The version whose owner was looked at, not one that has been written since.
        var set = await updater.SetAclAsync(new VersionTarget(context.Bucket!, context.Key!, found.Value.VersionId) { Origin = context.Origin }, acl.ToBytes(), ct);
        if (!set.IsOk)
        {
            await context.SendFailureAsync(set.Failure, ct);
            return;
        }

        Answers.SetVersion(context, set.Value.Versioning, set.Value.VersionId);
        context.SendEmpty(StatusCodes.Status200OK);
    }
}
