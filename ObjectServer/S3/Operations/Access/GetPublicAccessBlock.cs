using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetPublicAccessBlock)]
internal sealed class GetPublicAccessBlock : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        if (bucket.PublicAccess is { } block) await context.SendXmlAsync(StatusCodes.Status200OK, block, PublicAccessBlockAnswer.Write, ct);
        else await context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchPublicAccessBlockConfiguration, null, ("BucketName", context.Bucket)), ct);
    }
}
