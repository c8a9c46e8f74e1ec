using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketOwnershipControls)]
internal sealed class PutBucketOwnershipControls(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var document = OwnershipDocument.Parse(await context.Body.ReadDocumentAsync(OwnershipDocument.MaxBodyBytes, ct));
        if (document is null || !OwnershipControls.TryParse(document.ObjectOwnership, out var ownership)) throw new S3Exception(S3ErrorCode.MalformedXML);

        // Access that the bucket's ACL gives would silently end; S3 wants it moved into a policy first.
        var bucket = await AclBody.BucketAsync(context, ct);
        if (ownership == ObjectOwnership.BucketOwnerEnforced && bucket.HasAcls && !bucket.Acl.IsOwnerOnly(bucket.OwnerId))
            throw new S3Exception(S3ErrorCode.InvalidBucketAclWithObjectOwnership);

        var set = await buckets.PutConfigurationAsync(context.Bucket!, OwnershipControls.Kind, OwnershipControls.ToDocument(ownership), ct);
        if (set.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(set.Failure, ct);
    }
}
