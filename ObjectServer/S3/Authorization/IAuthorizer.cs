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
    /// <returns>
    /// Null if it may run; else what the client is told. A preflight, and a form that has not been read, are null: they are
    /// decided elsewhere. So is a call of which <see cref="NeedsDocument"/> is true then.
    /// </returns>
    ValueTask<S3Error?> DecideAsync(CancellationToken ct);

    /// <summary>A policy asks for what only the request's document says, so that nothing is decided before <see cref="DecideAsync(RequestBody, CancellationToken)"/>.</summary>
    bool NeedsDocument { get; }

    /// <summary>Decides with the document, which the call can read again afterwards.</summary>
    ValueTask<S3Error?> DecideAsync(RequestBody body, CancellationToken ct);

    /// <summary>
    /// Whether what was decided still holds, by what there is now: the bucket may be another that has got the name since, the object another's,
    /// the right taken back. To be asked when a document has come, as its sender chooses when that is.
    /// </summary>
    /// <exception cref="S3Exception">It does not.</exception>
    ValueTask ConfirmAsync(CancellationToken ct);

    /// <summary>The bucket that was decided about; null where there is none, and before.</summary>
    BucketAccess? Bucket => null;

    /// <summary>Whether some answer was yes only because of an ACL. Watched only where requests are recorded.</summary>
    bool NeededAcl => false;

    /// <summary>Whether the requester has agreed to pay for this and is told so.</summary>
    bool IsRequesterCharged { get; }

    /// <summary>A further question of the same request, on this bucket or another: each key of DeleteObjects, for instance.</summary>
    /// <param name="action">The IAM action, such as "s3:DeleteObject".</param>
    /// <param name="key">Null for actions on a bucket; with s3:ListBucket, what is looked for in it.</param>
    /// <param name="versionId">The version that is meant; null for the current one.</param>
    ValueTask<bool> IsAllowedAsync(string action, string bucket, string? key, string? versionId, CancellationToken ct);

    /// <summary>The owner of a bucket, its ownership controls, ACL and blocks; null if there is no such bucket. Nothing is decided by it.</summary>
    ValueTask<BucketAccess?> FindBucketAsync(string bucket, CancellationToken ct);

    /// <summary>Owner and ACL of the object that the request writes.</summary>
    /// <exception cref="S3Exception">Its ACL is not well-formed, not supported by the bucket, or public where that is blocked.</exception>
    ValueTask<NewObjectAccess> ForNewObjectAsync(CancellationToken ct);

    /// <summary>
    /// Decisions on the same request with more known of it: the principal, key and fields of a form. <see cref="DecideAsync(CancellationToken)"/>
    /// has to be called on them anew.
    /// </summary>
    IRequestAccess With(AccessRequest request);
}
