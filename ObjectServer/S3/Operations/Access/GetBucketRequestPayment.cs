using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketRequestPayment)]
internal sealed class GetBucketRequestPayment : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await AclBody.BucketAsync(context, ct);
        await context.SendXmlAsync(StatusCodes.Status200OK, bucket.RequesterPays, static (output, requesterPays) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("RequestPaymentConfiguration"u8);
            xml.Element("Payer"u8, requesterPays ? "Requester" : "BucketOwner");
            xml.Close("RequestPaymentConfiguration"u8);
            xml.Complete();
        }, ct);
    }
}
