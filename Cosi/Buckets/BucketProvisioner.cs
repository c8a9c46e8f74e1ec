using Microsoft.Extensions.Logging;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Cosi.Parameters;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Buckets;

/// <summary>Buckets of claims. Remembers nothing: what was done of a call is told by the bucket's tags.</summary>
internal sealed class BucketProvisioner(S3Client s3, AdminClient admin, DriverOptions options, IStepObserver steps, ILogger logger) : IBucketProvisioner
{
    // A bucket that is deleted and made by others all the time is somebody's mistake.
    private const int MaxAttempts = 3;

    private readonly BucketSetup _setup = new(s3, admin, steps);
    private readonly BucketEmptier _emptier = new(s3, steps);

    public Outcome<string> GenerateId(BucketRequest request)
    {
        var parameters = Read(request);
        if (!parameters.IsOk) return parameters.Refusal!;
        // Who asks for an id has a name.
        var id = BucketNaming.IdOfName(PrefixOf(parameters.Value), request.Name);
        return BucketNaming.IsBucketName(id) ? id : NoName(id);
    }

    public async Task<Outcome<ProvisionedBucket>> CreateAsync(BucketRequest request, CancellationToken ct)
    {
        var parameters = Read(request);
        if (!parameters.IsOk) return parameters.Refusal!;
        var named = Name(request, parameters.Value);
        if (!named.IsOk) return named;
        var bucket = named.Value.Id;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            try
            {
                if (await MakeAsync(bucket, parameters.Value, ct) is not { } refusal)
                {
                    CosiLog.BucketReady(logger, bucket, request.Name, request.Version);
                    return named;
                }
                CosiLog.BucketRefused(logger, bucket, refusal.Message);
                return refusal;
            }
            catch (ClientException gone) when (gone.Code is "NoSuchBucket" or "NoSuchEntity")
            {
                // Deleted by another call since it was seen: once more from the beginning.
            }
        }
        return new Refusal(RefusalReason.Aborted, $"Bucket {bucket} is being deleted by another call.");
    }

    public async Task<Outcome<ProvisionedBucket>> GetAsync(BucketRequest request, CancellationToken ct)
    {
        var parameters = Read(request);
        if (!parameters.IsOk) return parameters.Refusal!;
        var bucket = request.Name;
        var missing = new Refusal(RefusalReason.NotFound, $"There is no bucket {bucket} in the ObjectStore server.");
        if (!BucketNaming.IsBucketName(bucket) || !await s3.BucketExistsAsync(bucket, ct)) return missing;
        try
        {
            return await _setup.FindDifferenceAsync(bucket, parameters.Value, ct) is { } difference
                ? new Refusal(RefusalReason.AlreadyExists, $"Bucket {bucket} is not what the parameters ask for: {difference}.")
                : new ProvisionedBucket(bucket, NameWasId: true);
        }
        catch (ClientException gone) when (gone.Code == "NoSuchBucket")
        {
            return missing;
        }
    }

    public async Task<Outcome<Done>> DeleteAsync(BucketRequest request, CancellationToken ct)
    {
        var policy = BucketClassParameters.ReadDeletePolicy(request.Parameters);
        if (!policy.IsOk) return policy.Refusal!;
        var bucket = request.Name;
        // Nothing of another form can ever have been made.
        if (!BucketNaming.IsBucketName(bucket)) return default(Done);
        try
        {
            if (await DeleteAsync(bucket, policy.Value, ct) is not { } refusal)
            {
                CosiLog.BucketDeleted(logger, bucket, policy.Value.ToString());
                return default(Done);
            }
            CosiLog.BucketKept(logger, bucket, refusal.Message);
            return refusal;
        }
        catch (ClientException gone) when (gone.Code is "NoSuchBucket" or "InvalidBucketName")
        {
            return default(Done);
        }
    }

    private Outcome<BucketClassParameters> Read(BucketRequest request) => BucketClassParameters.Read(request.Parameters, options.Region, request.Version);

    private static Outcome<ProvisionedBucket> Name(BucketRequest request, BucketClassParameters parameters)
    {
        var isId = false;
        var id = request.Version == ApiVersion.V1Alpha1 ? request.Name
            : BucketNaming.IdOf(PrefixOf(parameters), request.Name, out isId);
        return BucketNaming.IsBucketName(id) ? new ProvisionedBucket(id, isId) : NoName(id);
    }

    private static string PrefixOf(BucketClassParameters parameters) => parameters.NamePrefix ?? BucketNaming.DefaultPrefix;

    private static Refusal NoName(string id) =>
        new(RefusalReason.InvalidArgument, $"{id} cannot be the name of a bucket: it must have 3 to {BucketNaming.MaxLength} characters.");

    /// <summary>1. is it there; 2. made with its tags; 3. set up; 4. ready. A call that ended between two of them is taken up.</summary>
    private async Task<Refusal?> MakeAsync(string bucket, BucketClassParameters wanted, CancellationToken ct)
    {
        var own = new OwnTags(options.DriverName, wanted.Fingerprint, IsReady: false);
        var found = await FindTagsAsync(bucket, ct);
        if (found is null)
        {
            if (await CreateAsync(bucket, wanted, own, ct) is { } refusal) return refusal;
            // Either made by this call or, at the same time, by another.
            found = await s3.GetTagsAsync(bucket, ct);
        }
        if (OwnTags.Of(found) is not { } set || set.Driver != own.Driver)
            return new Refusal(RefusalReason.AlreadyExists, $"There is a bucket {bucket} that this driver has not made.");
        if (set.Fingerprint != own.Fingerprint)
            return new Refusal(RefusalReason.AlreadyExists, $"Bucket {bucket} was made with other parameters of its class.");
        if (set.IsReady) return null;

        if (await _setup.ApplyAsync(bucket, wanted, ct) is { } wrong)
        {
            await UndoAsync(bucket, ct);
            return wrong;
        }
        await s3.PutTagsAsync(bucket, (own with { IsReady = true }).With(wanted.Tags), ct);
        steps.Done("create", "ready");
        return null;
    }

    /// <summary>Null if there is none, or if it is not the driver's to see: then making it tells.</summary>
    private async Task<IReadOnlyDictionary<string, string>?> FindTagsAsync(string bucket, CancellationToken ct)
    {
        try
        {
            return await s3.GetTagsAsync(bucket, ct);
        }
        catch (ClientException missing) when (missing.Code is "NoSuchBucket" or "AccessDenied")
        {
            return null;
        }
    }

    private async Task<Refusal?> CreateAsync(string bucket, BucketClassParameters wanted, OwnTags own, CancellationToken ct)
    {
        try
        {
            await s3.CreateBucketAsync(new NewBucket(bucket) { Region = options.Region, ObjectLock = wanted.ObjectLock is not null, Tags = own.With(wanted.Tags) }, ct);
            steps.Done("create", "bucket");
            return null;
        }
        catch (ClientException exists) when (exists.Code is "BucketAlreadyOwnedByYou" or "BucketAlreadyExists")
        {
            return await IsMineAsync(bucket, ct) ? null : new Refusal(RefusalReason.AlreadyExists, $"There is a bucket {bucket} that belongs to another account.");
        }
        catch (ClientException invalid) when (invalid.Code is "InvalidBucketName" or "InvalidTag")
        {
            return new Refusal(RefusalReason.InvalidArgument, $"The ObjectStore server does not take bucket {bucket}: {invalid.Message}");
        }
    }

    private async Task<bool> IsMineAsync(string bucket, CancellationToken ct)
    {
        try
        {
            await s3.GetTagsAsync(bucket, ct);
            return true;
        }
        catch (ClientException denied) when (denied.Code == "AccessDenied")
        {
            return false;
        }
    }

    // The bucket cannot become what it is to be. Where its claim is then given up, no id is known by which it would be deleted.
    private async Task UndoAsync(string bucket, CancellationToken ct)
    {
        try
        {
            await s3.DeleteBucketAsync(bucket, ct);
            steps.Done("create", "undone");
        }
        catch (ClientException fault) when (fault.Code is "NoSuchBucket" or "BucketNotEmpty")
        {
            steps.Done("create", "kept");
        }
    }

    private async Task<Refusal?> DeleteAsync(string bucket, DeletePolicy policy, CancellationToken ct)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (policy == DeletePolicy.Force && await _emptier.EmptyAsync(bucket, ct) is { } locked) return locked;
            try
            {
                // Uploads that are under way are given up with it.
                await s3.DeleteBucketAsync(bucket, ct);
                steps.Done("delete", "bucket");
                return null;
            }
            catch (ClientException full) when (full.Code == "BucketNotEmpty")
            {
                if (policy == DeletePolicy.Empty)
                    return new Refusal(RefusalReason.FailedPrecondition, $"Bucket {bucket} is not empty. Delete its objects with all their versions and delete markers, or give its class the parameter delete: force.");
            }
        }
        return new Refusal(RefusalReason.Aborted, $"Bucket {bucket} is still being written to while it is emptied.");
    }
}
