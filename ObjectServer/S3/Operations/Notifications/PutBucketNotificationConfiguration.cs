using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Replaces a bucket's rules, once their targets have taken a test event.</summary>
[Handles(S3OperationName.PutBucketNotificationConfiguration)]
internal sealed class PutBucketNotificationConfiguration(BucketService buckets, NotificationChecks checks, S3OperationOptions options) : S3Operation
{
    private const string SkipHeader = "x-amz-skip-destination-validation";

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var skip = SkipsTest(context);
        var rules = NotificationDocument.Parse(await context.Body.ReadDocumentAsync(NotificationDocument.MaxBodyBytes, ct), static () => Guid.NewGuid().ToString("N"));
        await context.Access.ConfirmAsync(ct);
        var error = NotificationDocument.Check(rules) ?? await CheckTargetsAsync(context, rules, skip, ct);
        if (error is not null)
        {
            await context.SendErrorAsync(error, ct);
            return;
        }

        var set = await buckets.SetNotificationAsync(context.Bucket!, rules, ct);
        if (set.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else await context.SendFailureAsync(set.Failure, ct);
    }

    private async ValueTask<S3Error?> CheckTargetsAsync(S3RequestContext context, Metadata.Schema.NotificationRecord rules, bool skipTest, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk) return S3FaultMap.Map(bucket.Failure);
        if (await context.Access.FindBucketAsync(context.Bucket!, ct) is not { } access) return S3ErrorCode.NoSuchBucket;
        var question = new AccessQuestion("sns:Publish", access, access.Name, null, null);
        var conditions = new RequestConditions(context.Access.Request, question, options.Region);
        var problem = checks.Check(rules.Rules, context.Principal, conditions);
        if (problem is null && !skipTest) problem = await checks.TestAsync(rules.Rules, context.Bucket!, context.Origin, ct);
        if (problem is null) return null;
        return problem.IsDenied
            ? new S3Error(S3ErrorCode.AccessDenied, problem.Message)
            : new S3Error(S3ErrorCode.InvalidArgument, "Unable to validate the following destination configurations",
                ("ArgumentName1", problem.Arn), ("ArgumentValue1", problem.Message));
    }

    private static bool SkipsTest(S3RequestContext context) => context.Header(SkipHeader) switch
    {
        null or "" => false,
        var text when bool.TryParse(text, out var skip) => skip,
        var text => throw new S3Exception(Invalid.Argument(SkipHeader, text, $"Value for {SkipHeader} header is invalid.")),
    };
}
