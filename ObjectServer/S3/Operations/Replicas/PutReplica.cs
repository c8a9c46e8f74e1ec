using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>A version of another store, with its bytes, under its own id.</summary>
[Handles(S3OperationName.PutReplica)]
internal sealed class PutReplica(ReplicaWriter replicas, DigestFactory digests) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var (document, body) = await EnvelopeBody.OpenAsync(context.Body, ReplicaDocument.Parser, digests, ct);
        using var closing = body;
        var request = await ReplicaCalls.RequestAsync(context, document, ct);
        await ReplicaCalls.AnswerAsync(context, await replicas.PutAsync(request, body, ct), ct);
    }
}
