using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>One annotation of one version.</summary>
internal sealed record AnnotationTarget
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }

    /// <summary>Null: the current version.</summary>
    public string? VersionId { get; init; }

    public required string Name { get; init; }

    /// <summary>What the ETag of the version must be, for a change.</summary>
    public ETagList ObjectIfMatch { get; init; }

    /// <summary>Whether governance retention does not bind the change.</summary>
    public bool BypassGovernance { get; init; }

    /// <summary>Kept with the annotation that is put; computed even if the source does not ask for it.</summary>
    public ChecksumAlgorithm StoredChecksum { get; init; }

    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

/// <param name="Object">The version that has it.</param>
internal sealed record AnnotationResult(ObjectInfo Object, AnnotationInfo Annotation);

internal sealed record AnnotationInfo(string Name, long LengthBytes, string ETag, DateTimeOffset LastModified, ObjectChecksum? Checksum, EncryptionInfo? Encryption);

internal sealed record AnnotationListRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public string? VersionId { get; init; }
    public string Prefix { get; init; } = "";

    /// <summary>Names behind this one; null for all.</summary>
    public string? After { get; init; }

    public int MaxResults { get; init; } = AnnotationRules.MaxCount;
}

/// <param name="NextAfter">The last name given, when more follow; else null.</param>
internal sealed record AnnotationPage(ObjectInfo Object, IReadOnlyList<AnnotationInfo> Annotations, string? NextAfter);

/// <summary>An open annotation. Dispose it: it pins the content.</summary>
/// <param name="Object">The version that has it.</param>
internal sealed record AnnotationHandle(ObjectInfo Object, AnnotationInfo Annotation, ObjectHandle Content) : IDisposable
{
    public void Dispose() => Content.Dispose();
}
