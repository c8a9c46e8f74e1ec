namespace ObjectStore.Server.Objects;

/// <summary>A list of ETags as If-Match and If-None-Match have it. Default: no condition.</summary>
/// <param name="Any">The list is "*".</param>
/// <param name="Tags">Without quotes and without W/.</param>
internal readonly record struct ETagList(bool Any, IReadOnlyList<string>? Tags)
{
    public static ETagList Star { get; } = new(true, null);

    public static ETagList Of(params string[] tags) => new(false, tags);

    public bool IsSet => Any || Tags is not null;

    public bool Matches(string etag)
    {
        if (Any) return true;
        if (Tags is null) return false;
        foreach (var tag in Tags)
        {
            if (string.Equals(tag, etag, StringComparison.Ordinal)) return true;
        }
        return false;
    }
}

/// <summary>Conditions of a write on what it would replace, checked in its transaction.</summary>
internal readonly record struct WriteConditions(ETagList IfMatch, ETagList IfNoneMatch)
{
    public bool IsSet => IfMatch.IsSet || IfNoneMatch.IsSet;
}

/// <summary>Conditions of a delete on what it would delete, checked in its transaction.</summary>
internal readonly record struct DeleteConditions(ETagList IfMatch, DateTimeOffset? IfLastModified = null, long? IfLengthBytes = null)
{
    public bool IsSet => IfMatch.IsSet || IfLastModified is not null || IfLengthBytes is not null;

    /// <summary>More is asked than that there is something.</summary>
    public bool NamesContent => IfMatch.Tags is not null || IfLastModified is not null || IfLengthBytes is not null;
}

/// <summary>Conditions of a read or of a copy's source, with the precedence of RFC 9110, section 13.2.2. Times count in whole seconds.</summary>
internal readonly record struct ReadConditions(
    ETagList IfMatch = default,
    ETagList IfNoneMatch = default,
    DateTimeOffset? IfModifiedSince = null,
    DateTimeOffset? IfUnmodifiedSince = null);
