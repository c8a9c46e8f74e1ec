using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetAccountPublicAccessBlock)]
internal sealed class GetAccountPublicAccessBlock(IIdentities identities) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        if (identities.TryGetDocument(context.Principal.AccountId, PublicAccessBlocks.Kind, out var document) && PublicAccessBlocks.Read(document) is { } block)
            await context.SendXmlAsync(StatusCodes.Status200OK, block, PublicAccessBlockAnswer.Write, ct);
        else
            await context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchPublicAccessBlockConfiguration, null, ("AccountId", context.Principal.AccountId)), ct);
    }
}
