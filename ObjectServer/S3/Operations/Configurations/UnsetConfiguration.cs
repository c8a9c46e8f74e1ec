using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// Bucket configurations that cannot be set yet: the bucket has none, which S3 says with an error of its own for each.
/// Their Put and Delete calls answer 501.
/// </summary>
[Handles(S3OperationName.GetBucketReplication)]
internal sealed class UnsetConfiguration(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
        {
            await context.SendFailureAsync(bucket.Failure, ct);
            return;
        }

        await context.SendErrorAsync(new S3Error(CodeOf(context.Operation.Name), null, ("BucketName", context.Bucket)), ct);
    }

    private static S3ErrorCode CodeOf(S3OperationName name) => name switch
    {
        S3OperationName.GetBucketReplication => S3ErrorCode.ReplicationConfigurationNotFoundError,
        _ => S3ErrorCode.NoSuchConfiguration,
    };
}
