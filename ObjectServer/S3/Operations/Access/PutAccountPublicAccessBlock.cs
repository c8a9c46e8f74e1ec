using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutAccountPublicAccessBlock)]
internal sealed class PutAccountPublicAccessBlock(IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var block = PublicAccessBlockAnswer.Parse(await context.Body.ReadDocumentAsync(PublicAccessBlockDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var put = await identities.PutDocumentAsync(context.Principal.AccountId, PublicAccessBlocks.Kind, PublicAccessBlocks.ToDocument(block), ct);
        if (put.IsOk) context.SendEmpty(StatusCodes.Status201Created);
        else await context.SendErrorAsync(AccountAnswers.ErrorOf(put.Refusal), ct);
    }
}
