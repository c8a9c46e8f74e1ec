namespace ObjectStore.Server.Objects;

internal sealed record DeleteRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }

    /// <summary>Null: what the bucket's versioning makes of it. "null" is the null version.</summary>
    public string? VersionId { get; init; }
    public DeleteConditions Conditions { get; init; }

    /// <summary>The caller may delete, and asks to delete, what is under governance retention.</summary>
    public bool BypassGovernance { get; init; }

    /// <summary>It is one of several in a request.</summary>
    public bool IsOfMany { get; init; }

    /// <summary>Of the delete marker that is made.</summary>
    public string? OwnerId { get; init; }

    /// <summary>A rule of lifecycle deletes it, not somebody's request.</summary>
    public bool IsExpiration { get; init; }

    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

/// <param name="VersionId">Of the delete marker that was made, or of the version that was named; null when neither (unversioned bucket).</param>
/// <param name="IsDeleteMarker">A delete marker was made, or the deleted version was one.</param>
/// <param name="MarkerMade">A new delete marker was made.</param>
/// <param name="Existed">False if there was nothing to delete, which is no error.</param>
internal sealed record DeleteResult(string? VersionId, bool IsDeleteMarker, bool MarkerMade, bool Existed);
