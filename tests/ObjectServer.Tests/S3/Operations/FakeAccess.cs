using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Allows everything but what is denied by name, and remembers what was asked.</summary>
internal sealed class FakeAccess : IRequestAccess
{
    private AccessRequest? _request;

    /// <summary>"s3:DeleteObject bucket/key", with "?versionId" where one is named.</summary>
    public List<string> Asked { get; private init; } = [];

    public HashSet<string> Denied { get; private init; } = [];

    public AccessRequest Request => _request ?? throw new InvalidOperationException("No request yet.");

    public FakeAccess For(AccessRequest request) => new() { _request = request, Asked = Asked, Denied = Denied, Bucket = Bucket };

    public ValueTask<S3Error?> DecideAsync(CancellationToken ct) =>
        ValueTask.FromResult<S3Error?>(IsAllowed($"{Request.Action} {Request.Bucket}/{Request.Key}") ? null : S3ErrorCode.AccessDenied);

    public ValueTask ConfirmAsync(CancellationToken ct) => ValueTask.CompletedTask;

    public ValueTask<bool> IsAllowedAsync(string action, string bucket, string? key, string? versionId, CancellationToken ct) =>
        ValueTask.FromResult(IsAllowed($"{action} {bucket}/{key}{(versionId is null ? "" : "?" + versionId)}"));

    /// <summary>The bucket of every name; null for the request's principal's own, as new buckets are.</summary>
    public BucketAccess? Bucket { get; set; }

    public bool NeedsDocument => false;

    public bool IsRequesterCharged => false;

    public ValueTask<S3Error?> DecideAsync(RequestBody body, CancellationToken ct) => DecideAsync(ct);

    public ValueTask<BucketAccess?> FindBucketAsync(string bucket, CancellationToken ct) => ValueTask.FromResult<BucketAccess?>(BucketOf(bucket));

    public ValueTask<NewObjectAccess> ForNewObjectAsync(CancellationToken ct) =>
        ValueTask.FromResult(NewObjectAccess.Of(BucketOf(Request.Bucket!), Request.Principal, Request.Headers, new FakeIdentities()));

    public IRequestAccess With(AccessRequest request) => For(request);

    private BucketAccess BucketOf(string name) => Bucket ?? new BucketAccess
    {
        Name = name,
        OwnerId = Request.Principal.CanonicalId,
        OwnerAccountId = Request.Principal.AccountId,
        OwnershipControls = ObjectOwnership.BucketOwnerEnforced,
        PublicAccess = PublicAccessBlock.All,
        Acl = AccessControlList.OwnerOnly(Request.Principal.CanonicalId),
    };

    private bool IsAllowed(string question)
    {
        Asked.Add(question);
        return !Denied.Contains(question);
    }
}
