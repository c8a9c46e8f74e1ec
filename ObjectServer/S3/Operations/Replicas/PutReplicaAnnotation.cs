using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>An annotation of a version, as it is at another store.</summary>
[Handles(S3OperationName.PutReplicaAnnotation)]
internal sealed class PutReplicaAnnotation(ReplicaWriter replicas, DigestFactory digests) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var (one, text) = await EnvelopeBody.OpenAsync(context.Body, ReplicaAnnotationList.Parser, digests, ct);
        using var closing = text;
        await ReplicaCalls.AnswerAsync(context, await replicas.PutAnnotationAsync(context.Bucket!, context.Key!, one, text, ReplicaCalls.OriginOf(context), ct), ct);
    }
}
