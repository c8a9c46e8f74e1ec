using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketPolicy)]
internal sealed class PutBucketPolicy(BucketService buckets, IIdentities identities, S3OperationOptions options) : S3Operation
{
    // Far more than a policy may have: so that one that is too long is told so.
    private const int MaxBodyBytes = 1024 * 1024;

    private const string ConfirmHeader = "x-amz-confirm-remove-self-bucket-access";

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        await BucketPolicyCalls.OwnBucketAsync(context, ct);
        var text = await context.Body.ReadDocumentAsync(MaxBodyBytes, ct);
        // Anew: what is blocked can have changed before the policy came.
        var bucket = await BucketPolicyCalls.OwnBucketAsync(context, ct);
        if (Check(context, bucket, text) is { } refusal)
        {
            await context.SendErrorAsync(refusal, ct);
            return;
        }

        var bindsRoot = context.Dialect.PolicyBindsRoot && IsConfirmed(context);
        var put = await buckets.PutConfigurationsAsync(
            bucket.Name, [(BucketAccessCache.PolicyKind, text), (BucketAccessCache.PolicyBindsRootKind, bindsRoot ? ReadOnlyMemory<byte>.Empty : default(ReadOnlyMemory<byte>?))], ct);
        if (put.IsOk)
            context.SendEmpty(StatusCodes.Status204NoContent);
        else
            await context.SendFailureAsync(put.Failure, ct);
    }

    private S3Error? Check(S3RequestContext context, BucketAccess bucket, ReadOnlyMemory<byte> text)
    {
        if (text.Length > PolicyLimits.BucketPolicyBytes)
            return new S3Error(S3ErrorCode.MalformedPolicy, $"Normalized policy document exceeds the maximum allowed size of {PolicyLimits.BucketPolicyBytes} bytes.");
        var loose = context.Dialect.LoosePolicies;
        var parsed = PolicyDocument.Parse(text.Span, PolicyType.Resource, loose);
        if (!parsed.IsOk) return new S3Error(S3ErrorCode.MalformedPolicy, parsed.Error.Message);
        if (parsed.Document.CheckBucket(bucket.Name, loose) is { } error) return new S3Error(S3ErrorCode.MalformedPolicy, error.Message);
        foreach (var named in parsed.Document.NamedPrincipals)
        {
            if (!Exists(named)) return new S3Error(S3ErrorCode.MalformedPolicy, "Invalid principal in policy", ("Detail", named.Value));
        }
        if (parsed.Document.IsPublic && bucket.BlockedIn(identities).HasFlag(PublicAccessBlock.BlockPublicPolicy)) return S3ErrorCode.AccessDenied;
        return IsConfirmed(context) || KeepsAccess(context, bucket, parsed.Document)
            ? null
            : new S3Error(S3ErrorCode.InvalidRequest, $"With this policy you could no longer change it. To set it nevertheless, send {ConfirmHeader}: true.");
    }

    /// <summary>Services and the providers of web identities are not ours to know.</summary>
    private bool Exists(NamedPrincipal named) => named.Kind switch
    {
        PrincipalNameKind.Account or PrincipalNameKind.Arn => identities.Exists(named.Value),
        PrincipalNameKind.Canonical => identities.FindAccountByCanonicalId(named.Value) is not null,
        _ => true,
    };

    private static bool IsConfirmed(S3RequestContext context) =>
        string.Equals(context.Header(ConfirmHeader), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the caller, asking as it asks now, could set another policy. The owner's root always can.</summary>
    private bool KeepsAccess(S3RequestContext context, BucketAccess bucket, PolicyDocument policy)
    {
        var question = new AccessQuestion(context.Operation.Action!, bucket, bucket.Name, null, null);
        var conditions = new RequestConditions(context.Access.Request, question, options.Region);
        var request = new PolicyRequest(context.Principal.ForPolicies, question.Action, question.Resource, bucket.OwnerAccountId, conditions);
        return PolicyEvaluator.Evaluate(request, identities.PoliciesOf(context.Principal), new ResourcePolicies(policy)).IsAllowed;
    }
}
