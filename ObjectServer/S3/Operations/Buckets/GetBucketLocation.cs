using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketLocation)]
internal sealed class GetBucketLocation(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
        {
            await context.SendFailureAsync(bucket.Failure, ct);
            return;
        }

        // The first region has no name here.
        var name = bucket.Value.Region == "us-east-1" && !context.Dialect.TellsEveryLocation ? "" : bucket.Value.Region;
        await context.SendXmlAsync(StatusCodes.Status200OK, name, static (output, name) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("LocationConstraint"u8);
            xml.Text(name);
            xml.Close("LocationConstraint"u8);
            xml.Complete();
        }, ct);
    }
}
