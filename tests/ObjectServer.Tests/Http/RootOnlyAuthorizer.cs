using ObjectStore.Server.Identities;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.Http;

/// <summary>Roots may do everything, everybody else nothing; there are no buckets behind it.</summary>
internal sealed class RootOnlyAuthorizer : IAuthorizer
{
    public IRequestAccess Open(AccessRequest request) => new Access(request);

    private sealed class Access(AccessRequest request) : IRequestAccess
    {
        public AccessRequest Request => request;

        public bool NeedsDocument => false;

        public bool IsRequesterCharged => false;

        private bool IsRoot => request.Principal.Kind == PrincipalKind.Root;

        public ValueTask<S3Error?> DecideAsync(CancellationToken ct) =>
            ValueTask.FromResult<S3Error?>(IsRoot || request.IsDecidedElsewhere ? null : S3ErrorCode.AccessDenied);

        public ValueTask<S3Error?> DecideAsync(RequestBody body, CancellationToken ct) => DecideAsync(ct);

        public ValueTask ConfirmAsync(CancellationToken ct) => ValueTask.CompletedTask;

        public ValueTask<bool> IsAllowedAsync(string action, string bucket, string? key, string? versionId, CancellationToken ct) => ValueTask.FromResult(IsRoot);

        public ValueTask<BucketAccess?> FindBucketAsync(string bucket, CancellationToken ct) => ValueTask.FromResult<BucketAccess?>(null);

        public ValueTask<NewObjectAccess> ForNewObjectAsync(CancellationToken ct) =>
            ValueTask.FromResult(new NewObjectAccess(request.Principal.CanonicalId, default));

        public IRequestAccess With(AccessRequest changed) => new Access(changed);
    }
}
