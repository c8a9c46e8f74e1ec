namespace ObjectStore.Server.Objects;

/// <summary>
/// Why the object service refused: every expected outcome that is not success. One table elsewhere maps it to
/// the wire's codes and statuses.
/// </summary>
internal enum ObjectFault
{
    None = 0,
    NoSuchBucket,
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    TooManyBuckets,
    NoSuchConfiguration,

    /// <summary>The key is empty or longer than 1,024 bytes of UTF-8.</summary>
    InvalidKey,
    NoSuchKey,
    NoSuchVersion,

    /// <summary>The version id is not one that this store could have given.</summary>
    InvalidVersionId,

    /// <summary>No version id was asked for and the newest version is a delete marker: <see cref="Failure.VersionId"/> names it.</summary>
    DeleteMarkerIsCurrent,

    /// <summary>The version that was asked for is a delete marker, which has no content: <see cref="Failure.VersionId"/> names it.</summary>
    VersionIsDeleteMarker,

    /// <summary>The version that a copy names as its source is a delete marker.</summary>
    SourceIsDeleteMarker,
    PreconditionFailed,

    /// <summary>An append is not to the object's end.</summary>
    InvalidWriteOffset,
    TooManyParts,

    /// <summary>The version has no annotation of that name.</summary>
    NoSuchAnnotation,

    /// <summary>The name is empty, has other characters than letters, digits, underscores, periods and hyphens, or begins as those that are reserved.</summary>
    InvalidAnnotationName,
    AnnotationNameTooLong,
    TooManyAnnotations,

    /// <summary>An annotation has no bytes.</summary>
    EmptyAnnotation,

    /// <summary>An annotation is not text in UTF-8.</summary>
    AnnotationNotText,

    /// <summary>What is sealed under its writer's key cannot have annotations.</summary>
    AnnotationsUnsupported,

    /// <summary>An append would also change what describes the object.</summary>
    AppendDescribes,

    /// <summary>The client's token was used for another request.</summary>
    ClientTokenConflict,

    /// <summary>A read's condition says that the caller has it already: <see cref="Failure.Object"/> tells the validators.</summary>
    NotModified,
    InvalidRange,

    /// <summary>The object has no such part number.</summary>
    InvalidPartNumber,
    NoSuchUpload,

    /// <summary>A part of the list was never uploaded, or its ETag or checksum differs: <see cref="Failure.PartNumber"/>.</summary>
    InvalidPart,
    InvalidPartOrder,

    /// <summary>A part other than the last is below the minimum: <see cref="Failure.PartNumber"/>.</summary>
    EntityTooSmall,
    EntityTooLarge,

    /// <summary>The upload's checksum algorithm or type does not go with the request.</summary>
    InvalidChecksumRequest,

    /// <summary>Content-MD5 differs from the body.</summary>
    BadDigest,

    /// <summary>A checksum header or trailer differs from the body.</summary>
    ChecksumMismatch,

    /// <summary>x-amz-content-sha256 differs from the body.</summary>
    ContentSha256Mismatch,

    /// <summary>A signature inside the body does not verify.</summary>
    SignatureMismatch,

    /// <summary>The body ended before its announced length.</summary>
    IncompleteBody,

    /// <summary>The body's framing is wrong.</summary>
    MalformedBody,

    /// <summary>A copy onto itself that changes nothing.</summary>
    CopyOntoItself,

    /// <summary>A retention or a legal hold forbids it.</summary>
    ObjectLocked,

    /// <summary>The bucket has no object lock, so that its versions cannot be locked.</summary>
    ObjectLockNotEnabled,

    /// <summary>A retention that would end before now.</summary>
    RetainUntilPast,

    /// <summary>The bucket's state forbids the change: object lock needs versioning.</summary>
    InvalidBucketState,

    /// <summary>There is no such storage class: <see cref="Failure.Message"/> names it.</summary>
    InvalidStorageClass,
    /// <summary>The object's bytes are in a tier, and no copy of them is here: <see cref="Failure.Message"/> names its storage class.</summary>
    ObjectArchived,

    /// <summary>The object's bytes are here: there is nothing to restore. <see cref="Failure.Message"/> names its storage class.</summary>
    NothingToRestore,
    RestoreInProgress,
    QuotaExceeded,

    /// <summary>A version of elsewhere has the sequence of another one of the key, or is not what the one of its id is.</summary>
    ReplicaConflict,

    /// <summary>A version of elsewhere is of a time that has not come: later it may be taken.</summary>
    ReplicaAhead,

    /// <summary>What is said of a version of elsewhere can be true of none.</summary>
    MalformedReplica,

    /// <summary>The bucket's journal cannot take the change's record, without which it must not happen.</summary>
    JournalRefused,

    /// <summary>The object is sealed under its writer's key, and the request brings none.</summary>
    CustomerKeyMissing,

    /// <summary>The request's key is not the one that the object is sealed under.</summary>
    CustomerKeyMismatch,

    /// <summary>The request brings a key, and the object is not sealed under its writer's.</summary>
    CustomerKeyNotApplicable,

    /// <summary>The bucket refuses objects that are sealed under keys of their writers.</summary>
    CustomerKeysBlocked,

    /// <summary>Encryption under the store's keys was asked for, and no key manager is configured.</summary>
    NoKeyManager,

    /// <summary>The object is plain or sealed under its writer's key: no other key of the store's can be put in place of that.</summary>
    EncryptionNotUpdatable,

    /// <summary>The key manager has no such key.</summary>
    NoSuchKeyId,

    /// <summary>The key does not open what it should have wrapped.</summary>
    KeyUnusable,

    /// <summary>The key manager does not answer: try again.</summary>
    KeyManagerUnavailable,

    /// <summary>Concurrent writers of the same key kept winning: try again.</summary>
    ConditionalRequestConflict,

    /// <summary>Nothing was written; try again later (too few drives, no commit possible).</summary>
    ServiceUnavailable,

    /// <summary>No drive has room.</summary>
    StorageFull,

    /// <summary>More shards are unreadable than parity covers. Nothing is deleted because of it.</summary>
    Unreadable,

    /// <summary>The commit may or may not have happened. Never reported as success nor as failure.</summary>
    UnknownOutcome,
}
