using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>A part of a version of another store.</summary>
[Handles(S3OperationName.PutReplicaPart)]
internal sealed class PutReplicaPart(ReplicaWriter replicas, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        Uploads.CheckLength(context, options);
        var part = new UploadPartRequest { Bucket = context.Bucket!, Key = context.Key!, UploadId = Parameters.UploadId(context), PartNumber = Parameters.PartNumber(context) };
        var put = await replicas.PutPartAsync(part, context.Body, ct);
        if (put.IsOk) await ReplicaCalls.AnswerAsync(context, new ReplicaAnswer { State = (uint)ReplicaState.Made }, ct);
        else await ReplicaCalls.RefuseAsync(context, put.Failure, ct);
    }
}
