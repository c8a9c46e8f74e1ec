using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>Decides what requests may do. Used by all connections at once.</summary>
internal interface IAuthorizer
{
    /// <summary>The decisions on one request; nothing is read and decided yet.</summary>
    IRequestAccess Open(AccessRequest request);
}

/// <summary>The decisions on one request. What is not allowed is denied. Not for use by several threads at once.</summary>
internal interface IRequestAccess
{
    AccessRequest Request { get; }

    /// <summary>
    /// Decides the call itself with everything that its headers imply (the source of a copy, ACLs, tags, locks), once and
    /// before the body is read.
    /// </summary>
    /// <returns>Null if it may run; else what the client is told. A preflight, and a form that has not been read, are null: they are decided elsewhere.</returns>
    ValueTask<S3Error?> DecideAsync(CancellationToken ct);

    /// <summary>A further question of the same request, on this bucket or another: each key of DeleteObjects, for instance.</summary>
    /// <param name="action">The IAM action, such as "s3:DeleteObject".</param>
    /// <param name="key">Null for actions on a bucket.</param>
    /// <param name="versionId">The version that is meant; null for the current one.</param>
    ValueTask<bool> IsAllowedAsync(string action, string bucket, string? key, string? versionId, CancellationToken ct);

    /// <summary>
    /// Decisions on the same request with more known of it: the principal, key and fields of a form, or the tags of a
    /// document. <see cref="DecideAsync"/> has to be called on them anew.
    /// </summary>
    IRequestAccess With(AccessRequest request);
}

/// <summary>The root account may do everything, everybody else nothing.</summary>
internal sealed class RootOnlyAuthorizer : IAuthorizer
{
    public IRequestAccess Open(AccessRequest request) => new Access(request);

    private sealed class Access(AccessRequest request) : IRequestAccess
    {
        public AccessRequest Request => request;

        private bool IsRoot => request.Principal.Kind == PrincipalKind.Root;

        public ValueTask<S3Error?> DecideAsync(CancellationToken ct) =>
            ValueTask.FromResult<S3Error?>(IsRoot || request.IsDecidedElsewhere ? null : S3ErrorCode.AccessDenied);

        public ValueTask<bool> IsAllowedAsync(string action, string bucket, string? key, string? versionId, CancellationToken ct) => ValueTask.FromResult(IsRoot);

        public IRequestAccess With(AccessRequest changed) => new Access(changed);
    }
}
