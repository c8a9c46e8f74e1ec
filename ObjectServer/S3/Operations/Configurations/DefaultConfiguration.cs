using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Bucket configurations that cannot be set yet and whose default S3 writes out.</summary>
[Handles(S3OperationName.GetBucketAccelerateConfiguration)]
internal sealed class DefaultConfiguration(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
        {
            await context.SendFailureAsync(bucket.Failure, ct);
            return;
        }

        await context.SendXmlAsync(StatusCodes.Status200OK, context.Operation.Name, static (output, name) =>
        {
            var root = RootOf(name);
            var xml = new XmlBuilder(output);
            xml.Begin(root);
            xml.Close(root);
            xml.Complete();
        }, ct);
    }

    private static ReadOnlySpan<byte> RootOf(S3OperationName name) => name switch
    {
        S3OperationName.GetBucketAccelerateConfiguration => "AccelerateConfiguration"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No configuration that has a default."),
    };
}
