using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketVersioning)]
internal sealed class PutBucketVersioning(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var document = VersioningDocument.Parse(await context.Body.ReadDocumentAsync(VersioningDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        if (document.MfaDelete)
            throw new S3Exception(S3ErrorCode.NotImplemented, "MFA delete is not implemented.");
        if (document.Enabled is not { } enabled)
            throw new S3Exception(S3ErrorCode.IllegalVersioningConfigurationException);

        var set = await buckets.SetVersioningAsync(context.Bucket!, enabled ? VersioningState.Enabled : VersioningState.Suspended, ct);
        if (set.IsOk)
            context.SendEmpty(StatusCodes.Status200OK);
        else
            await context.SendFailureAsync(set.Failure, ct);
    }
}
