using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What many answers have in common.</summary>
internal static class Answers
{
    /// <summary>Answers with what the object service said, and with the headers that S3 adds to it.</summary>
    public static async ValueTask SendFailureAsync(this S3RequestContext context, Failure failure, CancellationToken ct)
    {
        if (await MustNotKnowAsync(context, failure.Fault, ct))
        {
            await context.SendErrorAsync(S3ErrorCode.AccessDenied, ct);
            return;
        }

        var headers = context.Response.Headers;
        switch (failure.Fault)
        {
            case ObjectFault.DeleteMarkerIsCurrent or ObjectFault.VersionIsDeleteMarker:
                headers["x-amz-delete-marker"] = "true";
                if (failure.VersionId is not null) headers["x-amz-version-id"] = failure.VersionId;
                if (failure.LastModified is { } markedAt) headers.LastModified = Timestamps.HttpDate(markedAt);
                if (failure.Fault == ObjectFault.VersionIsDeleteMarker) headers.Allow = "DELETE";
                break;
            case ObjectFault.NoSuchKey when context.Dialect.DeniesDeleteMarkers && context.Operation.Name is S3OperationName.GetObject or S3OperationName.HeadObject:
                headers["x-amz-delete-marker"] = "false";
                break;
            case ObjectFault.NotModified when failure.Object is { } known:
                headers.ETag = ETags.Quote(known.ETag);
                headers.LastModified = Timestamps.HttpDate(known.LastModified);
                SetVersion(context, known.Versioning, known.VersionId);
                break;
        }

        await context.SendErrorAsync(WithNames(context, S3FaultMap.Map(failure)), ct);
    }

    // Only who may list a bucket learns that an object is not in it. Source: S3 API Reference, GetObject, "Permissions".
    private static async ValueTask<bool> MustNotKnowAsync(S3RequestContext context, ObjectFault fault, CancellationToken ct) =>
        context.Key is { } key && fault is ObjectFault.NoSuchKey or ObjectFault.DeleteMarkerIsCurrent or ObjectFault.NoSuchVersion
        && !await context.Access.IsAllowedAsync("s3:ListBucket", context.Bucket!, key, null, ct);

    // SDKs give these to their callers. A copy's error may be about its source, which the answer's names are not.
    private static S3Error WithNames(S3RequestContext context, S3Error error)
    {
        if (error.Fields.Length > 0 || context.Headers.ContainsKey("x-amz-copy-source"))
            return error;
        return error.Code switch
        {
            S3ErrorCode.NoSuchBucket or S3ErrorCode.BucketNotEmpty or S3ErrorCode.BucketAlreadyExists or S3ErrorCode.BucketAlreadyOwnedByYou =>
                error with { Fields = [("BucketName", context.Bucket)] },
            S3ErrorCode.NoSuchKey => error with { Fields = [("Key", context.Key)] },
            S3ErrorCode.NoSuchVersion => error with { Fields = [("Key", context.Key), ("VersionId", context.Query["versionId"])] },
            S3ErrorCode.NoSuchUpload => error with { Fields = [("UploadId", context.Query["uploadId"])] },
            _ => error,
        };
    }

    /// <summary>Answers a change of a version without a body, or with why it was refused.</summary>
    public static ValueTask SendVersionAsync(this S3RequestContext context, Result<ObjectInfo> changed, int statusCode, CancellationToken ct)
    {
        if (!changed.IsOk)
            return context.SendFailureAsync(changed.Failure, ct);
        SetVersion(context, changed.Value.Versioning, changed.Value.VersionId);
        context.SendEmpty(statusCode);
        return ValueTask.CompletedTask;
    }

    /// <summary>x-amz-version-id, which objects of a bucket that never had versioning do not have.</summary>
    public static void SetVersion(S3RequestContext context, VersioningState versioning, string versionId)
    {
        if (versioning == VersioningState.Unversioned || (context.Dialect.HidesNullVersions && versioning == VersioningState.Suspended && MakesVersion(context.Operation.Name)))
            return;
        context.Response.Headers["x-amz-version-id"] = versionId;
    }

    private static bool MakesVersion(S3OperationName name) =>
        name is S3OperationName.PutObject or S3OperationName.PostObject or S3OperationName.CopyObject or S3OperationName.CompleteMultipartUpload;

    /// <summary>x-amz-expiration, of the version that a call made or told of. Source: S3 API reference, PutObject.</summary>
    public static void SetExpiration(S3RequestContext context, ObjectExpiration? expiration)
    {
        if (expiration is not null)
            context.Response.Headers["x-amz-expiration"] = $"expiry-date=\"{Timestamps.HttpDate(expiration.At)}\", rule-id=\"{Uri.EscapeDataString(expiration.RuleId)}\"";
    }

    /// <summary>x-amz-restore, of what has a copy for a while or will have one.</summary>
    public static void SetRestore(S3RequestContext context, RestoreInfo? restore)
    {
        if (restore is { } told)
            context.Response.Headers["x-amz-restore"] = told.ExpiresAt is { } at ? $"ongoing-request=\"false\", expiry-date=\"{Timestamps.HttpDate(at)}\"" : "ongoing-request=\"true\"";
    }

    /// <summary>x-amz-abort-date and x-amz-abort-rule-id, of an upload in progress.</summary>
    public static void SetAbort(S3RequestContext context, ObjectExpiration? abort)
    {
        if (abort is null)
            return;
        context.Response.Headers["x-amz-abort-date"] = Timestamps.HttpDate(abort.At);
        context.Response.Headers["x-amz-abort-rule-id"] = Uri.EscapeDataString(abort.RuleId);
    }

    /// <summary>A part's checksum as GET and HEAD tell it, whose type is that of the object's.</summary>
    public static void SetPartChecksum(S3RequestContext context, ObjectChecksum? checksum, ObjectChecksum? ofObject)
    {
        SetChecksum(context, checksum, withType: false);
        if (checksum is not null)
            context.Response.Headers["x-amz-checksum-type"] = ChecksumNames.TypeName((ofObject ?? checksum).Type);
    }

    /// <summary>What PutObject, UploadPart and others say of a stored version or part.</summary>
    public static void SetChecksum(S3RequestContext context, ObjectChecksum? checksum, bool withType = true)
    {
        if (checksum is null)
            return;
        context.Response.Headers[ChecksumNames.Header(checksum.Algorithm)] = checksum.ToString();
        if (withType)
            context.Response.Headers["x-amz-checksum-type"] = ChecksumNames.TypeName(checksum.Type);
    }

    /// <summary>An Owner, Initiator or Grantee. The display name is known of whoever asks.</summary>
    public static void WriteOwner(ref XmlBuilder xml, ReadOnlySpan<byte> element, string? ownerId, Principal principal)
    {
        if (ownerId is null)
            return;
        xml.Open(element);
        WriteOwnerFields(ref xml, ownerId, principal);
        xml.Close(element);
    }

    /// <summary>The owner of an upload, who need not be the one who asks.</summary>
    public static void WriteOwner(ref XmlBuilder xml, UploadInfo upload, Principal principal, IIdentities identities) =>
        WriteAccount(ref xml, "Owner"u8, upload.OwnerId, principal, identities);

    private static void WriteAccount(ref XmlBuilder xml, ReadOnlySpan<byte> element, string? canonicalId, Principal principal, IIdentities identities)
    {
        if (canonicalId is not { } id)
            return;
        xml.Open(element);
        xml.Element("ID"u8, id);
        xml.Optional("DisplayName"u8, id == principal.CanonicalId ? principal.AccountName : identities.FindAccountByCanonicalId(id)?.Name);
        xml.Close(element);
    }

    /// <summary>Who began an upload: a user or role by its ARN, an account as its owner. Source: S3 API reference, Initiator.</summary>
    public static void WriteInitiator(ref XmlBuilder xml, UploadInfo upload, Principal principal, IIdentities identities)
    {
        if (upload.InitiatorId is not { } arn)
        {
            WriteAccount(ref xml, "Initiator"u8, upload.OwnerId, principal, identities);
            return;
        }

        xml.Open("Initiator"u8);
        xml.Element("ID"u8, arn);
        xml.Element("DisplayName"u8, arn.AsSpan(arn.LastIndexOf('/') + 1));
        xml.Close("Initiator"u8);
    }

    public static void WriteOwnerFields(ref XmlBuilder xml, string ownerId, Principal principal)
    {
        xml.Element("ID"u8, ownerId);
        if (ownerId == principal.CanonicalId)
            xml.Element("DisplayName"u8, principal.AccountName);
    }

    /// <summary>Common prefixes, one element each.</summary>
    public static void WritePrefixes(ref XmlBuilder xml, IReadOnlyList<string> prefixes, bool urlEncoded)
    {
        foreach (var prefix in prefixes)
        {
            xml.Raw("<CommonPrefixes>"u8);
            xml.Name("Prefix"u8, prefix, urlEncoded);
            xml.Raw("</CommonPrefixes>"u8);
        }
    }
}
