using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectLegalHold)]
internal sealed class GetObjectLegalHold(BucketService buckets, ObjectReader objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await Locks.FindAsync(context, buckets, objects, ct);
        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        if (found.Value.Lock.LegalHold == LegalHold.None)
        {
            await Locks.SendNoneAsync(context, ct);
            return;
        }

        await context.SendXmlAsync(StatusCodes.Status200OK, found.Value.Lock.LegalHold, static (output, hold) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("LegalHold"u8);
            xml.Element("Status"u8, LockFields.NameOf(hold));
            xml.Close("LegalHold"u8);
            xml.Complete();
        }, ct);
    }
}
