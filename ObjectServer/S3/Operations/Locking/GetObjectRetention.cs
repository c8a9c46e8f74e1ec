using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectRetention)]
internal sealed class GetObjectRetention(BucketService buckets, ObjectReader objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await Locks.FindAsync(context, buckets, objects, ct);
        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        if (!found.Value.Lock.Retention.IsSet)
        {
            await Locks.SendNoneAsync(context, ct);
            return;
        }

        await context.SendXmlAsync(StatusCodes.Status200OK, found.Value.Lock.Retention, static (output, retention) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("Retention"u8);
            xml.Element("Mode"u8, LockFields.NameOf(retention.Mode));
            xml.Element("RetainUntilDate"u8, retention.RetainUntil);
            xml.Close("Retention"u8);
            xml.Complete();
        }, ct);
    }
}
