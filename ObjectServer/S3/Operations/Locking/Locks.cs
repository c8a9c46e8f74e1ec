using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls that know of object lock have in common.</summary>
internal static class Locks
{
    /// <summary>
    /// Whether governance retention does not bind this request: it says so, and may. Without the right the header is no error,
    /// as the version may not be retained at all; where it is, the retention binds.
    /// </summary>
    public static async ValueTask<bool> MayBypassAsync(S3RequestContext context, string key, string? versionId, CancellationToken ct) =>
        LockFields.WantsBypass(context.Headers)
        && await context.Access.IsAllowedAsync("s3:BypassGovernanceRetention", context.Bucket!, key, versionId, ct);

    /// <summary>The version whose lock is asked for; <see cref="ObjectFault.ObjectLockNotEnabled"/> in a bucket without object lock.</summary>
    public static async ValueTask<Result<ObjectInfo>> FindAsync(S3RequestContext context, BucketService buckets, ObjectReader objects, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
            return bucket.Failure;
        if (!bucket.Value.ObjectLockEnabled)
            return ObjectFault.ObjectLockNotEnabled;
        var found = await objects.StatAsync(new() { Bucket = context.Bucket!, Key = context.Key!, VersionId = Parameters.VersionId(context) }, ct);
        if (found.IsOk)
            Answers.SetVersion(context, found.Value.Versioning, found.Value.VersionId);
        return found;
    }

    public static ValueTask SendNoneAsync(S3RequestContext context, CancellationToken ct) =>
        context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchObjectLockConfiguration, null, ("Key", context.Key)), ct);
}
