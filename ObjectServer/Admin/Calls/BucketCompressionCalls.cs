using ObjectStore.Client.Admin;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>What new objects of a bucket are compressed, which no call of S3 sets or tells.</summary>
internal sealed class BucketCompressionCalls(BucketService buckets)
{
    private const string Compression = "buckets/*/compression";

    public IEnumerable<AdminCall> All =>
    [
        new("GET", Compression, AdminAction.GetBucketCompression, BucketOf, GetAsync),
        new("PUT", Compression, AdminAction.SetBucketCompression, BucketOf, SetAsync) { HasBody = true },
    ];

    private static string BucketOf(IReadOnlyList<string> path) => AdminResources.Bucket(path[0]);

    private async ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context[0], ct);
        return bucket.IsOk ? Answer(bucket.Value.Compression) : AdminError.Of(bucket.Failure, context[0]);
    }

    private async ValueTask<AdminAnswer> SetAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.BucketCompressionDocument, out var wish, out var refused)) return refused;
        BucketCompression? compression = null;
        if (wish.Enabled)
        {
            (compression, var problem) = BucketCompression.Validate(wish.Level ?? BucketCompression.DefaultLevel, wish.Types ?? [], wish.Extensions ?? []);
            if (problem is not null) return AdminError.Invalid(problem);
            if (buckets.FindCompressionProblem() is { } missing) return new AdminError(503, "ServiceUnavailable", missing);
        }
        else if (wish is not { Level: null, Types: null or { Count: 0 }, Extensions: null or { Count: 0 } })
        {
            return AdminError.Invalid("Where compression is not enabled there is nothing else to say.");
        }
        var set = await buckets.SetCompressionAsync(context[0], compression, ct);
        return set.IsOk ? Answer(compression) : AdminError.Of(set.Failure, context[0]);
    }

    private static AdminAnswer Answer(BucketCompression? compression) => AdminAnswer.Of(
        compression is null
            ? new BucketCompressionDocument { Enabled = false }
            : new BucketCompressionDocument { Enabled = true, Level = compression.Level, Types = compression.Types, Extensions = compression.Extensions },
        AdminJson.Default.BucketCompressionDocument);
}
