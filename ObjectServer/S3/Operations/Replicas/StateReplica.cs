using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What is said of a version that may be here already: takes over what was set later, or asks for its bytes.</summary>
[Handles(S3OperationName.StateReplica)]
internal sealed class StateReplica(ReplicaWriter replicas) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var request = await ReplicaCalls.RequestAsync(context, await ReplicaCalls.ReadAsync(context, ReplicaDocument.Parser, ct), ct);
        await ReplicaCalls.AnswerAsync(context, await replicas.StateAsync(request, ct), ct);
    }
}
