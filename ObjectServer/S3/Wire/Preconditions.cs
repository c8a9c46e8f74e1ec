namespace ObjectStore.Server.S3.Wire;

internal enum PreconditionOutcome
{
    Proceed,

    /// <summary>304 for GET and HEAD; 412 for a copy's source.</summary>
    NotModified,

    /// <summary>412.</summary>
    Failed,
}

/// <summary>
/// The four conditions of a read, in the precedence of RFC 9110 section 13.2.2, which is also S3's: If-Match hides
/// If-Unmodified-Since, and If-None-Match hides If-Modified-Since. A date that does not parse is ignored.
/// </summary>
internal readonly record struct Preconditions(string? IfMatch, string? IfNoneMatch, string? IfModifiedSince, string? IfUnmodifiedSince)
{
    public bool IsEmpty => IfMatch is null && IfNoneMatch is null && IfModifiedSince is null && IfUnmodifiedSince is null;

    public PreconditionOutcome Evaluate(string bareETag, DateTimeOffset lastModified)
    {
        var modified = Timestamps.ToSecond(lastModified);
        if (IfMatch is not null)
        {
            if (!ETags.ListMatches(IfMatch, bareETag))
                return PreconditionOutcome.Failed;
        }
        else if (Timestamps.TryParseHttpDate(IfUnmodifiedSince, out var unmodifiedSince) && modified > unmodifiedSince)
        {
            return PreconditionOutcome.Failed;
        }

        if (IfNoneMatch is not null)
            return ETags.ListMatches(IfNoneMatch, bareETag) ? PreconditionOutcome.NotModified : PreconditionOutcome.Proceed;

        return Timestamps.TryParseHttpDate(IfModifiedSince, out var modifiedSince) && modified <= modifiedSince
            ? PreconditionOutcome.NotModified
            : PreconditionOutcome.Proceed;
    }
}
