using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Turns object lock on, also in a bucket that has objects, and sets or removes the default retention.</summary>
[Handles(S3OperationName.PutObjectLockConfiguration)]
internal sealed class PutObjectLockConfiguration(BucketService buckets) : S3Operation
{
    // Source: S3 User Guide, "Locking objects with Object Lock": the longest default retention is 100 years.
    private const int MaxDays = 36_500;
    private const int MaxYears = 100;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        RequiredDigest.Check(context);
        var document = ObjectLockDocument.Parse(await context.Body.ReadDocumentAsync(ObjectLockDocument.MaxBodyBytes, ct))
            ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        CheckPeriod("Days", document.Days, MaxDays);
        CheckPeriod("Years", document.Years, MaxYears);

        var retention = document.Mode == RetentionMode.None ? null : new DefaultRetention(document.Mode, (int)(document.Days ?? 0), (int)(document.Years ?? 0));
        var set = await buckets.SetObjectLockAsync(context.Bucket!, retention, ct);
        if (set.IsOk)
            context.SendEmpty(StatusCodes.Status200OK);
        else
            await context.SendFailureAsync(set.Failure, ct);
    }

    private static void CheckPeriod(string name, long? value, int most)
    {
        if (value < 1)
            throw Wrong("Default retention period must be a positive integer value.");
        if (value > most)
            throw Wrong($"Default retention period is too long: at most {most} {name}.");

        S3Exception Wrong(string message) =>
            new(new S3Error(S3ErrorCode.InvalidArgument, message, ("ArgumentName", name)) { InCeph = S3ErrorCode.InvalidRetentionPeriod });
    }
}
