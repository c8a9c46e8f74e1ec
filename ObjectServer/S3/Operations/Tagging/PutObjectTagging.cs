using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Replaces all tags of a version.</summary>
[Handles(S3OperationName.PutObjectTagging)]
internal sealed class PutObjectTagging(VersionUpdater objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var tags = await TagDocuments.ReadAsync(context, Tags.MaxOfObject, ct);
        var tagged = await objects.SetTagsAsync(Parameters.Target(context), tags, ct);
        await context.SendVersionAsync(tagged, StatusCodes.Status200OK, ct);
    }
}
