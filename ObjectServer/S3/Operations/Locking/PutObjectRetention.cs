using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Sets the retention of a version, or, with an empty document, removes it.</summary>
[Handles(S3OperationName.PutObjectRetention)]
internal sealed class PutObjectRetention(VersionUpdater objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        RequiredDigest.Check(context);
        var document = RetentionDocument.Parse(await context.Body.ReadDocumentAsync(RetentionDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var target = Parameters.Target(context);
        var bypass = await Locks.MayBypassAsync(context, target.Key, target.VersionId, ct);
        var set = await objects.SetRetentionAsync(target, document.Retention, bypass, ct);
        await context.SendVersionAsync(set, StatusCodes.Status200OK, ct);
    }
}
