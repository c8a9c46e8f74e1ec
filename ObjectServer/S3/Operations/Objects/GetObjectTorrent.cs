using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>S3 has ended its support of BitTorrent; the call is there and is never allowed.</summary>
[Handles(S3OperationName.GetObjectTorrent)]
internal sealed class GetObjectTorrent : S3Operation
{
    protected override ValueTask RunAsync(S3RequestContext context, CancellationToken ct) =>
        context.SendErrorAsync(new S3Error(S3ErrorCode.MethodNotAllowed) { InCeph = S3ErrorCode.NoSuchKey }, ct);
}
