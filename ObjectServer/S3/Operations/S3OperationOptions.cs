using ObjectStore.Select;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.S3.Operations;

/// <param name="Region">The one region that this store says it is.</param>
internal sealed record S3OperationOptions(string Region)
{
    public const long DefaultMaxUploadBytes = 5L * 1024 * 1024 * 1024;

    /// <summary>Largest object or part of one request. Source: S3 User Guide, "Uploading objects".</summary>
    public long MaxUploadBytes { get; init; } = DefaultMaxUploadBytes;

    /// <summary>After this long without an answer, CompleteMultipartUpload and CopyObject send 200 and white space, so that no proxy gives up on them.</summary>
    public TimeSpan KeepAliveAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Take keys of customers (SSE-C) over plain HTTP, where everybody on the way can read them.</summary>
    public bool AllowCustomerKeysWithoutTls { get; init; }

    public bool TakesKeys(S3RequestContext context) => AllowCustomerKeysWithoutTls || context.IsSecure;

    /// <summary>Object ownership of a new bucket whose maker names none.</summary>
    public ObjectOwnership DefaultOwnership { get; init; } = ObjectOwnership.BucketOwnerEnforced;

    /// <summary>What is blocked of public access to a new bucket.</summary>
    public PublicAccessBlock DefaultPublicAccess { get; init; } = PublicAccessBlock.All;

    /// <summary>There is a host at which buckets are served as websites.</summary>
    public bool ServesWebsites { get; init; }

    public SelectTurns SelectTurns { get; init; } = SelectTurns.ForThisMachine();

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
