using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectLockConfiguration)]
internal sealed class GetObjectLockConfiguration(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
        {
            await context.SendFailureAsync(bucket.Failure, ct);
            return;
        }

        if (!bucket.Value.ObjectLockEnabled)
        {
            await context.SendErrorAsync(new S3Error(S3ErrorCode.ObjectLockConfigurationNotFoundError, null, ("BucketName", context.Bucket)), ct);
            return;
        }

        await context.SendXmlAsync(StatusCodes.Status200OK, bucket.Value.DefaultRetention, static (output, retention) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("ObjectLockConfiguration"u8);
            xml.Element("ObjectLockEnabled"u8, "Enabled");
            if (retention is not null)
            {
                xml.Open("Rule"u8);
                xml.Open("DefaultRetention"u8);
                xml.Element("Mode"u8, LockFields.NameOf(retention.Mode));
                if (retention.Years > 0)
                    xml.Element("Years"u8, retention.Years);
                else
                    xml.Element("Days"u8, retention.Days);
                xml.Close("DefaultRetention"u8);
                xml.Close("Rule"u8);
            }

            xml.Close("ObjectLockConfiguration"u8);
            xml.Complete();
        }, ct);
    }
}
