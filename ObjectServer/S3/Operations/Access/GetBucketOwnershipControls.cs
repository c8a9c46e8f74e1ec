using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketOwnershipControls)]
internal sealed class GetBucketOwnershipControls : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        if (bucket.OwnershipControls is not { } ownership)
        {
            await context.SendErrorAsync(new S3Error(S3ErrorCode.OwnershipControlsNotFoundError, null, ("BucketName", context.Bucket)), ct);
            return;
        }

        await context.SendXmlAsync(StatusCodes.Status200OK, ownership.ToString(), static (output, name) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("OwnershipControls"u8);
            xml.Open("Rule"u8);
            xml.Element("ObjectOwnership"u8, name);
            xml.Close("Rule"u8);
            xml.Close("OwnershipControls"u8);
            xml.Complete();
        }, ct);
    }
}
