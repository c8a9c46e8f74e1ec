using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Makes a version of another store of its parts.</summary>
[Handles(S3OperationName.CompleteReplica)]
internal sealed class CompleteReplica(ReplicaWriter replicas) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var document = await ReplicaCalls.ReadAsync(context, ReplicaDocument.Parser, ct);
        var request = await ReplicaCalls.RequestAsync(context, document, ct);
        await ReplicaCalls.AnswerAsync(context, await replicas.CompleteAsync(request, Parameters.UploadId(context), document.Parts, ct), ct);
    }
}
