using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutPublicAccessBlock)]
internal sealed class PutPublicAccessBlock(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var block = PublicAccessBlockAnswer.Parse(await context.Body.ReadDocumentAsync(PublicAccessBlockDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var set = await buckets.PutConfigurationAsync(context.Bucket!, PublicAccessBlocks.Kind, PublicAccessBlocks.ToDocument(block), ct);
        if (set.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(set.Failure, ct);
    }
}
