using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>What of one request decisions depend on: who asks for which call, on what, and how the request came. Immutable.</summary>
internal sealed record AccessRequest
{
    public required Principal Principal { get; init; }

    public required OperationRow Operation { get; init; }

    /// <summary>As the client named it, not yet validated; null for calls on the service.</summary>
    public required string? Bucket { get; init; }

    /// <summary>Null for calls on a bucket; of a form (POST), the key that the form names.</summary>
    public required string? Key { get; init; }

    public required S3Query Query { get; init; }

    /// <summary>With what a presigned query carries of x-amz headers, or with a form's fields.</summary>
    public required IHeaderDictionary Headers { get; init; }

    /// <summary>The peer's address; null where there is none.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>None without TLS.</summary>
    public SslProtocols Tls { get; init; }

    public required DateTimeOffset Time { get; init; }

    public SignatureUse Signature { get; init; }

    /// <summary>Whether the fields of a form are in the rest of this. A form (POST) is decided only then, by whoever has read it.</summary>
    public bool FormIsRead { get; init; }

    /// <summary>What the request's document says, as far as policies ask for it; null while it has not been read.</summary>
    public RequestDocument? Document { get; init; }

    /// <summary>A preflight, which CORS alone decides, or a form that nobody has read yet.</summary>
    public bool IsDecidedElsewhere => Operation.Action is null || (Operation.Name == S3OperationName.PostObject && !FormIsRead);

    /// <summary>The version that is asked for; null for the current one and for calls that know no versions.</summary>
    public string? VersionId => (Operation.Version is not null || IsOfLock) && Query["versionId"] is { Length: > 0 } id ? id : null;

    // These have one action for all versions.
    private bool IsOfLock => Operation.Name is S3OperationName.GetObjectRetention or S3OperationName.PutObjectRetention
        or S3OperationName.GetObjectLegalHold or S3OperationName.PutObjectLegalHold;

    /// <summary>The action of the operation table; null for calls that nobody is asked for (preflight).</summary>
    public string? Action => Operation.Version is not null && Query.Contains("versionId") ? Operation.Version : Operation.Action;
}
