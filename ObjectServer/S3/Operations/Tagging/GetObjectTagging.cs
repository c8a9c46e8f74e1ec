using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectTagging)]
internal sealed class GetObjectTagging(ObjectReader objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await objects.StatAsync(new() { Bucket = context.Bucket!, Key = context.Key!, VersionId = Parameters.VersionId(context) }, ct);
        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        Answers.SetVersion(context, found.Value.Versioning, found.Value.VersionId);
        await context.SendXmlAsync(StatusCodes.Status200OK, found.Value.Tags, Tags.Write, ct);
    }
}
