using ObjectStore.Client.Admin;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>Buckets of all accounts: seen with what they hold, and removed when empty.</summary>
internal sealed class BucketCalls(IIdentities identities, BucketService buckets)
{
    private const int MaxPage = 1000;

    public IEnumerable<AdminCall> All =>
    [
        new("GET", "buckets", AdminAction.ListBuckets, static _ => AdminResources.Bucket("*"), ListAsync, "account", "prefix", "after", "limit"),
        new("GET", "buckets/*", AdminAction.GetBucket, static path => AdminResources.Bucket(path[0]), GetAsync),
        new("DELETE", "buckets/*", AdminAction.DeleteBucket, static path => AdminResources.Bucket(path[0]), DeleteAsync),
    ];

    private async ValueTask<AdminAnswer> ListAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryReadLimit(MaxPage, out var limit, out var refused)) return refused;
        string? owner = null;
        if (context.Parameter("account") is { } id)
        {
            if (identities.FindAccount(id) is not { } account) return AccountCalls.NoSuchAccount(id);
            owner = account.CanonicalId;
        }
        var page = await buckets.ListAsync(new ListBucketsRequest
        {
            OwnerId = owner,
            Prefix = context.Parameter("prefix") ?? "",
            StartAfter = context.Parameter("after"),
            MaxBuckets = limit,
        }, ct);
        var documents = new List<OwnedBucketDocument>(page.Buckets.Count);
        foreach (var bucket in page.Buckets)
        {
            // One that was deleted since the page was read is left out.
            if (await DescribeAsync(bucket, ct) is { IsOk: true, Value: var document }) documents.Add(document);
        }
        return AdminAnswer.Of(new BucketListDocument(documents, page.NextStartAfter), AdminJson.Default.BucketListDocument);
    }

    private async ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context[0], ct);
        if (!bucket.IsOk) return AdminError.Of(bucket.Failure, context[0]);
        var document = await DescribeAsync(bucket.Value, ct);
        return document.IsOk ? AdminAnswer.Of(document.Value, AdminJson.Default.OwnedBucketDocument) : AdminError.Of(document.Failure, context[0]);
    }

    private async ValueTask<Result<OwnedBucketDocument>> DescribeAsync(BucketInfo bucket, CancellationToken ct)
    {
        var usage = await buckets.GetUsageAsync(bucket.Name, ct);
        if (!usage.IsOk) return usage.Failure;
        var document = ToDocument(bucket, usage.Value);
        return bucket.Quota is not null && await buckets.Quotas.GetAsync(bucket.Name, ct) is { IsOk: true, Value: var quota }
            ? document with { Quota = BucketQuotaCalls.ToDocument(quota) }
            : document;
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        var deleted = await buckets.DeleteAsync(context[0], ct);
        return deleted.IsOk ? AdminAnswer.NoContent : AdminError.Of(deleted.Failure, context[0]);
    }

    private OwnedBucketDocument ToDocument(BucketInfo bucket, BucketUsage usage)
    {
        var owner = identities.FindAccountByCanonicalId(bucket.OwnerId);
        return new OwnedBucketDocument
        {
            Name = bucket.Name,
            OwnerAccountId = owner?.Id,
            OwnerName = owner?.Name,
            OwnerCanonicalId = bucket.OwnerId,
            Region = bucket.Region,
            CreatedAt = bucket.CreatedAt.UtcDateTime,
            Versioning = bucket.Versioning.ToString().ToLowerInvariant(),
            ObjectLock = bucket.ObjectLockEnabled,
            Usage = new BucketUsageDocument(usage.Objects, usage.Versions, usage.DeleteMarkers, usage.Bytes),
        };
    }
}
