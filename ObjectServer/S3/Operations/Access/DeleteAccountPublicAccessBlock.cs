using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteAccountPublicAccessBlock)]
internal sealed class DeleteAccountPublicAccessBlock(IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await identities.DeleteDocumentAsync(context.Principal.AccountId, PublicAccessBlocks.Kind, ct);
        if (deleted.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendErrorAsync(AccountAnswers.ErrorOf(deleted.Refusal), ct);
    }
}
