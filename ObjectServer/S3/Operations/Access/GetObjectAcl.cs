using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectAcl)]
internal sealed class GetObjectAcl(ObjectReader objects, IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        var found = await objects.StatAsync(new() { Bucket = context.Bucket!, Key = context.Key!, VersionId = Parameters.VersionId(context) }, ct);
        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        Answers.SetVersion(context, found.Value.Versioning, found.Value.VersionId);
        // Where ACLs are not in force, all belongs to the bucket's owner, whoever wrote it.
        var ownerId = bucket.HasAcls ? found.Value.OwnerId ?? bucket.OwnerId : bucket.OwnerId;
        var acl = bucket.HasAcls ? AccessControlList.Read(found.Value.Acl.Span, ownerId) : AccessControlList.OwnerOnly(ownerId);
        await context.SendXmlAsync(StatusCodes.Status200OK, new AclAnswer(ownerId, acl, identities), AclAnswer.Write, ct);
    }
}
