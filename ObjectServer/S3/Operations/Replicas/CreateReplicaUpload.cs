using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Begins, or goes on with, a version of another store that comes in parts; names the parts that are here already.</summary>
[Handles(S3OperationName.CreateReplicaUpload)]
internal sealed class CreateReplicaUpload(ReplicaWriter replicas) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var request = await ReplicaCalls.RequestAsync(context, await ReplicaCalls.ReadAsync(context, ReplicaDocument.Parser, ct), ct);
        var begun = await replicas.BeginAsync(request, ct);
        if (!begun.IsOk)
        {
            await ReplicaCalls.RefuseAsync(context, begun.Failure, ct);
            return;
        }
        var answer = new ReplicaAnswer { State = (uint)begun.Value.State, UploadId = begun.Value.UploadId ?? "" };
        answer.Parts.Add(begun.Value.Parts.Select(number => (uint)number));
        await ReplicaCalls.AnswerAsync(context, answer, ct);
    }
}
