using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteObjectTagging)]
internal sealed class DeleteObjectTagging(VersionUpdater objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var untagged = await objects.RemoveTagsAsync(Parameters.Target(context), ct);
        await context.SendVersionAsync(untagged, StatusCodes.Status204NoContent, ct);
    }
}
