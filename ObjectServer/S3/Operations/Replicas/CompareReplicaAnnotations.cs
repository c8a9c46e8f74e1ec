using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>The annotations of a version at another store: takes over what was deleted there, and names the texts that are missing here.</summary>
[Handles(S3OperationName.CompareReplicaAnnotations)]
internal sealed class CompareReplicaAnnotations(ReplicaWriter replicas) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var list = await ReplicaCalls.ReadAsync(context, ReplicaAnnotationList.Parser, ct);
        var compared = await replicas.CompareAnnotationsAsync(context.Bucket!, context.Key!, list, ReplicaCalls.OriginOf(context), ct);
        if (!compared.IsOk)
        {
            await ReplicaCalls.RefuseAsync(context, compared.Failure, ct);
            return;
        }
        var answer = new ReplicaAnswer { State = (uint)ReplicaState.Unchanged };
        answer.Annotations.Add(compared.Value);
        await ReplicaCalls.AnswerAsync(context, answer, ct);
    }
}
