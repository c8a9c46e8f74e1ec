using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>A delete marker of another store, under its own id.</summary>
[Handles(S3OperationName.PutReplicaMarker)]
internal sealed class PutReplicaMarker(ReplicaWriter replicas) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var request = await ReplicaCalls.RequestAsync(context, ReplicaFields.ReadMarker(context.Headers), ct);
        await ReplicaCalls.AnswerAsync(context, await replicas.StateAsync(request, ct), ct);
    }
}
