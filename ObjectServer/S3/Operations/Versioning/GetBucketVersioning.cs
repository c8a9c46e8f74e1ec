using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketVersioning)]
internal sealed class GetBucketVersioning(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
        {
            await context.SendFailureAsync(bucket.Failure, ct);
            return;
        }

        await context.SendXmlAsync(StatusCodes.Status200OK, bucket.Value.Versioning, static (output, state) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("VersioningConfiguration"u8);
            // A bucket that never had versioning has no status.
            if (state != VersioningState.Unversioned)
                xml.Element("Status"u8, state == VersioningState.Enabled ? "Enabled" : "Suspended");
            xml.Close("VersioningConfiguration"u8);
            xml.Complete();
        }, ct);
    }
}
