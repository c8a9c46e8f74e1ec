using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketAcl)]
internal sealed class GetBucketAcl(IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        var acl = bucket.HasAcls ? bucket.Acl : AccessControlList.OwnerOnly(bucket.OwnerId);
        await context.SendXmlAsync(StatusCodes.Status200OK, new AclAnswer(bucket.OwnerId, acl, identities), AclAnswer.Write, ct);
    }
}
