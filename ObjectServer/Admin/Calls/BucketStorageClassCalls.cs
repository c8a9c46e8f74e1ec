using ObjectStore.Client.Admin;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>The storage class of objects whose writers name none, which no call of S3 sets.</summary>
internal sealed class BucketStorageClassCalls(BucketService buckets)
{
    private const string StorageClass = "buckets/*/storage-class";

    public IEnumerable<AdminCall> All =>
    [
        new("GET", StorageClass, AdminAction.GetBucketStorageClass, BucketOf, GetAsync),
        new("PUT", StorageClass, AdminAction.SetBucketStorageClass, BucketOf, SetAsync) { HasBody = true },
    ];

    private static string BucketOf(IReadOnlyList<string> path) => AdminResources.Bucket(path[0]);

    private async ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context[0], ct);
        return bucket.IsOk ? Answer(bucket.Value.StorageClass) : AdminError.Of(bucket.Failure, context[0]);
    }

    private async ValueTask<AdminAnswer> SetAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.BucketStorageClassDocument, out var wish, out var refused)) return refused;
        var set = await buckets.SetStorageClassAsync(context[0], wish.StorageClass, ct);
        return set.IsOk ? Answer(wish.StorageClass) : AdminError.Of(set.Failure, context[0]);
    }

    private static AdminAnswer Answer(string? storageClass) =>
        AdminAnswer.Of(new BucketStorageClassDocument { StorageClass = storageClass ?? StorageClassTable.Standard }, AdminJson.Default.BucketStorageClassDocument);
}
