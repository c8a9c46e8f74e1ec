using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketCors)]
internal sealed class PutBucketCors(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var rules = CorsDocument.Parse(await context.Body.ReadDocumentAsync(CorsDocument.MaxBodyBytes, ct));
        using var document = new PooledBufferWriter(1024);
        CorsDocument.Write(document, rules);
        var put = await buckets.PutConfigurationAsync(context.Bucket!, CorsRules.Kind, document.WrittenMemory, ct);
        if (put.IsOk)
            context.SendEmpty(StatusCodes.Status200OK);
        else
            await context.SendFailureAsync(put.Failure, ct);
    }
}
