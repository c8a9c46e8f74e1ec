using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutObjectLegalHold)]
internal sealed class PutObjectLegalHold(VersionUpdater objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        RequiredDigest.Check(context);
        var document = LegalHoldDocument.Parse(await context.Body.ReadDocumentAsync(LegalHoldDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var set = await objects.SetLegalHoldAsync(Parameters.Target(context), document.On, ct);
        await context.SendVersionAsync(set, StatusCodes.Status200OK, ct);
    }
}
