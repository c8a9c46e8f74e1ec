using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Buckets;

/// <summary>Deletes every version and delete marker of a bucket, a page at a time. What is gone stays gone, so that a call that is cut short goes on when it is repeated.</summary>
internal sealed class BucketEmptier(S3Client s3, IStepObserver steps)
{
    /// <returns>Null when nothing is left.</returns>
    /// <exception cref="ClientException">The server failed.</exception>
    public async Task<Refusal?> EmptyAsync(string bucket, CancellationToken ct)
    {
        var deleted = 0L;
        while (true)
        {
            // From the beginning each time: what was there is gone, and what came meanwhile is found.
            var page = await s3.ListVersionsAsync(bucket, after: null, ct);
            if (page.Versions.Count == 0) return null;
            var left = await s3.DeleteVersionsAsync(bucket, page.Versions, bypassGovernance: false, ct);
            steps.Done("delete", "versions");
            deleted += page.Versions.Count - left.Count;
            if (left.Count > 0) return Explain(bucket, left, deleted);
        }
    }

    private static Refusal Explain(string bucket, IReadOnlyList<DeleteFailure> left, long deleted)
    {
        var first = left[0];
        var done = $"{deleted} versions were deleted before it.";
        return first.Code == "AccessDenied"
            ? new Refusal(RefusalReason.FailedPrecondition, $"Bucket {bucket} cannot be emptied: version {first.VersionId} of {Shorten(first.Key)} is locked until its retention or legal hold ends, or the driver may not delete it. {done}")
            : new Refusal(RefusalReason.Unavailable, $"Bucket {bucket} cannot be emptied now: {Shorten(first.Key)} (version {first.VersionId}): {first.Code}: {first.Message} {done}");
    }

    // A message is read by people, and headers are not long.
    private static string Shorten(string key) => key.Length <= 100 ? key : key[..100] + "...";
}
