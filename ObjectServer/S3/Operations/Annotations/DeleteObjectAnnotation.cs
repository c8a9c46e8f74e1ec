using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteObjectAnnotation)]
internal sealed class DeleteObjectAnnotation(AnnotationService annotations) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var target = AnnotationCalls.Target(context) with { BypassGovernance = await AnnotationCalls.MayBypassAsync(context, ct) };
        var deleted = await annotations.DeleteAsync(target, ct);
        if (!deleted.IsOk)
        {
            await context.SendFailureAsync(deleted.Failure, ct);
            return;
        }

        AnnotationCalls.SetVersion(context, deleted.Value);
        context.SendEmpty(StatusCodes.Status204NoContent);
    }
}
