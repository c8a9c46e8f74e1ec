using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Says that this is a store that takes versions under their own ids, and what its bucket can take. To other servers the request is a HeadObject.</summary>
[Handles(S3OperationName.ProbeReplica)]
internal sealed class ProbeReplica(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        context.Response.Headers[ReplicaFields.Protocol] = ReplicaFields.ProtocolVersion;
        var found = await buckets.GetAsync(context.Bucket!, ct);
        if (!found.IsOk)
        {
            await context.SendErrorAsync(S3FaultMap.Map(found.Failure), ct);
            return;
        }
        context.Response.Headers[ReplicaFields.Versioning] = found.Value.Versioning.ToString();
        context.Response.Headers[ReplicaFields.ObjectLock] = found.Value.ObjectLockEnabled ? "true" : "false";
        context.SendEmpty(StatusCodes.Status200OK);
    }
}
