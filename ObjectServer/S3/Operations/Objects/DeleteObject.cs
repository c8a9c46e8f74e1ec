using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteObject)]
internal sealed class DeleteObject(ObjectDeleter objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await objects.DeleteAsync(new()
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            VersionId = Parameters.VersionId(context),
            Conditions = Conditions.OfDelete(context.Headers),
            BypassGovernance = await Locks.MayBypassAsync(context, context.Key!, Parameters.VersionId(context), ct),
            OwnerId = context.Principal.CanonicalId,
            Origin = context.Origin,
        }, ct);
        if (!deleted.IsOk)
        {
            await context.SendFailureAsync(deleted.Failure, ct);
            return;
        }

        if (deleted.Value.IsDeleteMarker)
            context.Response.Headers["x-amz-delete-marker"] = "true";
        if (deleted.Value.VersionId is { } version)
            context.Response.Headers["x-amz-version-id"] = version;
        context.SendEmpty(StatusCodes.Status204NoContent);
    }
}
