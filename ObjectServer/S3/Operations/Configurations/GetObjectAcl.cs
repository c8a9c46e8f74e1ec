using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectAcl)]
internal sealed class GetObjectAcl(ObjectReader objects) : S3Operation
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
        var owner = found.Value.OwnerId ?? context.Principal.CanonicalId;
        await context.SendXmlAsync(StatusCodes.Status200OK, (owner, context.Principal), AccessControlPolicy.Write, ct);
    }
}
