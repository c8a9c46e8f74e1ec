using ObjectStore.Client.Admin;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>Hard quotas of buckets, whoever owns them. Owners cannot set their own: it bounds them.</summary>
internal sealed class BucketQuotaCalls(BucketService buckets)
{
    private const string Quota = "buckets/*/quota";

    public IEnumerable<AdminCall> All =>
    [
        new("GET", Quota, AdminAction.GetBucketQuota, BucketOf, GetAsync),
        new("PUT", Quota, AdminAction.SetBucketQuota, BucketOf, SetAsync) { HasBody = true },
        new("DELETE", Quota, AdminAction.DeleteBucketQuota, BucketOf, DeleteAsync),
    ];

    internal static BucketQuotaDocument ToDocument(QuotaUsage usage) => new()
    {
        MaxBytes = usage.Quota.MaxBytes,
        MaxObjects = usage.Quota.MaxObjects,
        UsedBytes = usage.Bytes,
        UsedObjects = usage.Objects,
    };

    private static string BucketOf(IReadOnlyList<string> path) => AdminResources.Bucket(path[0]);

    private async ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct) => Answer(await buckets.Quotas.GetAsync(context[0], ct), context[0]);

    private async ValueTask<AdminAnswer> SetAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.NewBucketQuotaDocument, out var wish, out var refused)) return refused;
        if (wish is { MaxBytes: null, MaxObjects: null }) return AdminError.Invalid("Give maxBytes, maxObjects or both; DELETE removes a quota.");
        if (wish.MaxBytes < 1 || wish.MaxObjects < 1) return AdminError.Invalid("maxBytes and maxObjects are 1 or more.");
        return Answer(await buckets.Quotas.SetAsync(context[0], new BucketQuota(wish.MaxBytes, wish.MaxObjects), ct), context[0]);
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        var cleared = await buckets.Quotas.ClearAsync(context[0], ct);
        return cleared.IsOk ? AdminAnswer.NoContent : AdminError.Of(cleared.Failure, context[0]);
    }

    private static AdminAnswer Answer(Result<QuotaUsage> usage, string bucket) => usage switch
    {
        { IsOk: true } => AdminAnswer.Of(ToDocument(usage.Value), AdminJson.Default.BucketQuotaDocument),
        { Fault: ObjectFault.NoSuchConfiguration } => AdminError.NotFound($"The bucket \"{bucket}\" has no quota."),
        _ => AdminError.Of(usage.Failure, bucket),
    };
}
