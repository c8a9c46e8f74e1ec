using System.Globalization;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Server.Objects;
using ObjectStore.Zstandard;
using static ObjectStore.Server.S3.Errors.S3ErrorCode;

namespace ObjectStore.Server.S3.Errors;

/// <summary>The one mapping from refusals and faults of what lies below to errors of S3.</summary>
internal static class S3FaultMap
{
    /// <summary>The error that a client is told of a refusal by the object service.</summary>
    public static S3Error Map(Failure failure)
    {
        var code = CodeOf(failure.Fault);
        return failure.Fault switch
        {
            ObjectFault.InvalidVersionId => new S3Error(
                code, "Invalid version id specified", ("ArgumentName", "versionId"), ("ArgumentValue", failure.VersionId)),
            ObjectFault.InvalidPart or ObjectFault.EntityTooSmall => new S3Error(
                code, failure.Message, ("PartNumber", failure.PartNumber?.ToString(CultureInfo.InvariantCulture))),
            ObjectFault.InvalidPartNumber => new S3Error(code, failure.Message) { InCeph = InvalidPart },
            ObjectFault.CopyOntoItself => new S3Error(
                code,
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."),
            ObjectFault.SourceIsDeleteMarker => new S3Error(
                code, "The source of a copy request may not specifically refer to a delete marker by version id."),
            ObjectFault.ObjectArchived => new S3Error(code, "The operation is not valid for the object's storage class", ("StorageClass", failure.Message)),
            ObjectFault.NothingToRestore => new S3Error(code, "Restore is not allowed for the object's current storage class", ("StorageClass", failure.Message)),
            ObjectFault.InvalidStorageClass => new S3Error(code, null, ("StorageClassRequested", failure.Message)),
            ObjectFault.AppendDescribes => new S3Error(code, "An append changes only the bytes of an object."),
            ObjectFault.EmptyAnnotation => new S3Error(code, "An annotation has at least one byte."),
            ObjectFault.AnnotationsUnsupported => new S3Error(code, "Objects that are encrypted with customer-provided keys cannot have annotations."),
            ObjectFault.ObjectLocked => new S3Error(code, "Access Denied because object protected by object lock."),
            ObjectFault.ObjectLockNotEnabled => new S3Error(code, "Bucket is missing Object Lock Configuration"),
            ObjectFault.RetainUntilPast => new S3Error(code, "The retain until date must be in the future!"),
            ObjectFault.CustomerKeyMissing => new S3Error(
                code, "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."),
            ObjectFault.CustomerKeyMismatch => new S3Error(code, "The provided encryption parameters did not match the ones used originally."),
            ObjectFault.CustomerKeyNotApplicable => new S3Error(code, "The encryption parameters are not applicable to this object."),
            ObjectFault.CustomerKeysBlocked => new S3Error(code, "The bucket does not take objects that are encrypted with customer-provided keys."),
            ObjectFault.EncryptionNotUpdatable => new S3Error(
                code, "The encryption of plain objects, and of those under customer-provided keys, cannot be updated: only that of objects with SSE-S3 or SSE-KMS."),
            ObjectFault.NoKeyManager => new S3Error(
                code, "Server-side encryption needs keys, and this server has none: its operator gives it a file of them with --kms-key-file, or a Vault with --vault-address."),
            ObjectFault.UnknownOutcome => new S3Error(
                code, "It is not known whether the request took effect. Look before you try again."),
            ObjectFault.StorageFull => new S3Error(code, "No drive has room for this object."),
            ObjectFault.Unreadable => new S3Error(
                code, "Too many of the drives that hold this object do not answer. Nothing is lost by waiting; please try again."),
            _ => new S3Error(code, failure.Message),
        };
    }

    /// <summary>The error that a client is told of an exception; InternalError for what no one foresaw.</summary>
    public static S3Error Map(Exception fault) => fault switch
    {
        S3Exception exception => exception.Error,
        ContentSourceException body => Map(body.Failure),
        BlobStoreException { Fault: BlobStoreFault.NoSpace } => Map(new Failure(ObjectFault.StorageFull)),
        BlobStoreException { Fault: BlobStoreFault.Unreadable } => Map(new Failure(ObjectFault.Unreadable)),
        BlobStoreException => ServiceUnavailable,
        TierException => new S3Error(ServiceUnavailable, "The store that holds this object's bytes does not give them now. Nothing is lost by waiting; please try again."),
        ZstdMissingException => new S3Error(ServiceUnavailable, "The server lacks what it compresses and opens objects with. Nothing is lost by waiting; please try again."),
        _ => InternalError,
    };

    private static S3ErrorCode CodeOf(ObjectFault fault) => fault switch
    {
        ObjectFault.NoSuchBucket => NoSuchBucket,
        ObjectFault.BucketAlreadyExists => BucketAlreadyExists,
        ObjectFault.BucketAlreadyOwnedByYou => BucketAlreadyOwnedByYou,
        ObjectFault.BucketNotEmpty => BucketNotEmpty,
        ObjectFault.TooManyBuckets => TooManyBuckets,
        ObjectFault.NoSuchConfiguration => NoSuchConfiguration,
        ObjectFault.InvalidKey => KeyTooLongError,
        ObjectFault.NoSuchKey or ObjectFault.DeleteMarkerIsCurrent => NoSuchKey,
        ObjectFault.NoSuchVersion => NoSuchVersion,
        ObjectFault.InvalidVersionId => InvalidArgument,
        ObjectFault.VersionIsDeleteMarker => MethodNotAllowed,
        ObjectFault.PreconditionFailed => PreconditionFailed,
        ObjectFault.NotModified => NotModified,
        ObjectFault.InvalidRange => InvalidRange,
        ObjectFault.InvalidPartNumber => InvalidPartNumber,
        ObjectFault.NoSuchUpload => NoSuchUpload,
        ObjectFault.InvalidPart => InvalidPart,
        ObjectFault.InvalidPartOrder => InvalidPartOrder,
        ObjectFault.EntityTooSmall => EntityTooSmall,
        ObjectFault.EntityTooLarge => EntityTooLarge,
        ObjectFault.InvalidChecksumRequest => InvalidRequest,
        ObjectFault.BadDigest => BadDigest,
        ObjectFault.ChecksumMismatch => BadDigest,
        ObjectFault.ContentSha256Mismatch => XAmzContentSHA256Mismatch,
        ObjectFault.SignatureMismatch => SignatureDoesNotMatch,
        ObjectFault.IncompleteBody => IncompleteBody,
        ObjectFault.MalformedBody => InvalidRequest,
        ObjectFault.SourceIsDeleteMarker => InvalidRequest,
        ObjectFault.CopyOntoItself => InvalidRequest,
        ObjectFault.ObjectLocked => AccessDenied,
        ObjectFault.ObjectLockNotEnabled => InvalidRequest,
        ObjectFault.RetainUntilPast => InvalidArgument,
        ObjectFault.InvalidBucketState => InvalidBucketState,
        ObjectFault.InvalidStorageClass => InvalidStorageClass,
        ObjectFault.InvalidWriteOffset => InvalidWriteOffset,
        ObjectFault.TooManyParts => TooManyParts,
        ObjectFault.AppendDescribes => InvalidRequest,
        ObjectFault.NoSuchAnnotation => NoSuchAnnotation,
        ObjectFault.InvalidAnnotationName => InvalidAnnotationName,
        ObjectFault.AnnotationNameTooLong => AnnotationNameTooLong,
        ObjectFault.TooManyAnnotations => AnnotationLimitExceeded,
        ObjectFault.AnnotationNotText => UnsupportedMediaType,
        ObjectFault.EmptyAnnotation or ObjectFault.AnnotationsUnsupported => InvalidRequest,
        ObjectFault.ClientTokenConflict => IdempotencyParameterMismatch,
        ObjectFault.ObjectArchived or ObjectFault.NothingToRestore => InvalidObjectState,
        ObjectFault.RestoreInProgress => RestoreAlreadyInProgress,
        ObjectFault.QuotaExceeded => QuotaExceeded,
        ObjectFault.ReplicaConflict => ReplicaConflict,
        ObjectFault.ReplicaAhead => RequestTimeTooSkewed,
        ObjectFault.MalformedReplica => InvalidRequest,
        ObjectFault.JournalRefused => AccessDenied,
        ObjectFault.CustomerKeyMissing or ObjectFault.CustomerKeyMismatch or ObjectFault.CustomerKeyNotApplicable => InvalidRequest,
        ObjectFault.CustomerKeysBlocked => AccessDenied,
        ObjectFault.NoKeyManager => NotImplemented,
        ObjectFault.EncryptionNotUpdatable => InvalidRequest,
        ObjectFault.NoSuchKeyId => KMSNotFoundException,
        ObjectFault.KeyUnusable => KMSInvalidStateException,
        ObjectFault.KeyManagerUnavailable => ServiceUnavailable,
        ObjectFault.ConditionalRequestConflict => ConditionalRequestConflict,
        ObjectFault.ServiceUnavailable => ServiceUnavailable,
        ObjectFault.StorageFull => ServiceUnavailable,
        ObjectFault.Unreadable => ServiceUnavailable,
        ObjectFault.UnknownOutcome => InternalError,
        _ => InternalError,
    };
}
