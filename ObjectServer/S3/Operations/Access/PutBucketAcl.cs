using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketAcl)]
internal sealed class PutBucketAcl(BucketService buckets, IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        // First, as it can come long after the headers: what is looked at has to be what there is then.
        await context.Body.ReadDocumentAsync(AclDocument.MaxBodyBytes, ct);
        var bucket = await AclBody.BucketAsync(context, ct);
        var acl = await AclBody.ReadAsync(context, bucket.OwnerId, null, identities, ct);
        if (AclBody.IsTheCase(acl, bucket, context.Principal))
        {
            context.SendEmpty(StatusCodes.Status200OK);
            return;
        }

        AclBody.RefusePublic(acl, bucket, identities);

        var set = await buckets.SetAclAsync(context.Bucket!, acl.ToBytes(), ct);
        if (set.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(set.Failure, ct);
    }
}
