using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Parameters;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Buckets;

/// <summary>Sets up what a class's parameters ask for in a bucket that is there. Every step may be repeated.</summary>
internal sealed class BucketSetup(S3Client s3, AdminClient admin, IStepObserver steps)
{
    // What the rule that stands for the parameters is called in the bucket.
    private const string RuleId = "objectstore.cosi";

    /// <returns>Null when all of it is set up.</returns>
    /// <exception cref="ClientException">The server failed.</exception>
    public async Task<Refusal?> ApplyAsync(string bucket, BucketClassParameters wanted, CancellationToken ct)
    {
        // Object lock has been turned on by the call that made the bucket, and versioning with it.
        if (wanted.Versioning && wanted.ObjectLock is null
            && await StepAsync("versioning", () => s3.PutVersioningAsync(bucket, BucketVersioning.Enabled, ct)) is { } noVersioning) return noVersioning;
        if (wanted.ObjectLock is { Mode: not null } retention
            && await StepAsync("objectLock", () => s3.PutObjectLockAsync(bucket, retention, ct)) is { } noLock) return noLock;
        if (wanted.Encryption is { } encryption
            && await StepAsync("encryption", () => s3.PutEncryptionAsync(bucket, encryption, ct)) is { } noEncryption) return noEncryption;
        if (wanted.Lifecycle is { } lifecycle
            && await StepAsync("lifecycle", () => s3.PutLifecycleAsync(bucket, lifecycle, RuleId, ct)) is { } noLifecycle) return noLifecycle;
        if (wanted.StorageClass is { } storageClass
            && await StepAsync("storageClass", () => admin.PutStorageClassAsync(bucket, storageClass, ct)) is { } noClass) return noClass;
        // Last: whoever has a bucket with a quota has all of it.
        if (wanted.Quota is { } quota
            && await StepAsync("quota", () => admin.PutQuotaAsync(bucket, quota, ct)) is { } noQuota) return noQuota;
        return null;
    }

    /// <summary>What a bucket that was there before lacks of what the parameters ask for; null if nothing.</summary>
    /// <inheritdoc cref="ApplyAsync"/>
    public async Task<string?> FindDifferenceAsync(string bucket, BucketClassParameters wanted, CancellationToken ct)
    {
        if (wanted.Versioning && await s3.GetVersioningAsync(bucket, ct) != BucketVersioning.Enabled) return "its versioning is not enabled";
        if (wanted.ObjectLock is { } wantedLock)
        {
            var set = await s3.FindObjectLockAsync(bucket, ct);
            if (set is null) return "it has no object lock";
            if (wantedLock.Mode is not null && set != wantedLock) return "its default retention is another";
        }
        if (wanted.Encryption is { } encryption)
        {
            var set = await s3.FindEncryptionAsync(bucket, ct);
            if (set?.Algorithm != encryption.Algorithm || (encryption.KeyId is not null && set.KeyId != encryption.KeyId)) return "its encryption is another";
        }
        if (wanted.Lifecycle is { } lifecycle && !Covers(await s3.FindLifecycleAsync(bucket, ct), lifecycle)) return "its lifecycle is another";
        if (wanted.StorageClass is { } storageClass && await admin.GetStorageClassAsync(bucket, ct) != storageClass) return "its storage class is another";
        if (wanted.Quota is { } quota)
        {
            var set = await admin.FindQuotaAsync(bucket, ct);
            if (set?.MaxBytes != quota.MaxBytes || set?.MaxObjects != quota.MaxObjects) return "its quota is another";
        }
        if (wanted.Tags.Count == 0) return null;
        var tags = await s3.GetTagsAsync(bucket, ct);
        return wanted.Tags.Any(tag => tags.GetValueOrDefault(tag.Key) != tag.Value) ? "its tags are others" : null;
    }

    private static bool Covers(BucketLifecycle? set, BucketLifecycle wanted) => set is not null
        && (wanted.Expiration is null || set.Expiration == wanted.Expiration)
        && (wanted.NoncurrentExpiration is null || set.NoncurrentExpiration == wanted.NoncurrentExpiration)
        && (wanted.AbortUploads is null || set.AbortUploads == wanted.AbortUploads);

    // What the server does not take of a parameter's value is the class's fault, which repeating does not mend.
    private async Task<Refusal?> StepAsync(string parameter, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (ClientException fault) when (fault.Status is 400 or 501 && !fault.IsNotAllowed && !fault.IsTransient)
        {
            return new Refusal(RefusalReason.InvalidArgument, $"The ObjectStore server does not take the BucketClass parameter {parameter}: {fault.Message}");
        }
        steps.Done("create", parameter);
        return null;
    }
}
