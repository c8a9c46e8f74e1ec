using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketEncryption)]
internal sealed class PutBucketEncryption(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var rule = EncryptionDocument.Parse(await context.Body.ReadDocumentAsync(EncryptionDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var set = await buckets.SetEncryptionAsync(context.Bucket!, rule, ct);
        if (set.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(set.Failure, ct);
    }
}
