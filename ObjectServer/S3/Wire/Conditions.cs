using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire;

/// <summary>
/// Conditional headers. They are only read here; the object service judges them, in the precedence of RFC 9110 section
/// 13.2.2. As in S3 a date that does not parse is no condition.
/// </summary>
internal static class Conditions
{
    public static ReadConditions OfRead(IHeaderDictionary headers) => new(
        List(headers.IfMatch.ToString()),
        List(headers.IfNoneMatch.ToString()),
        Date(headers.IfModifiedSince),
        Date(headers.IfUnmodifiedSince));

    public static ReadConditions OfCopySource(IHeaderDictionary headers) => new(
        List(headers["x-amz-copy-source-if-match"].ToString()),
        List(headers["x-amz-copy-source-if-none-match"].ToString()),
        Date(headers["x-amz-copy-source-if-modified-since"]),
        Date(headers["x-amz-copy-source-if-unmodified-since"]));

    public static ReadConditions OfRenameSource(IHeaderDictionary headers) => new(
        List(headers["x-amz-rename-source-if-match"].ToString()),
        List(headers["x-amz-rename-source-if-none-match"].ToString()),
        Date(headers["x-amz-rename-source-if-modified-since"]),
        Date(headers["x-amz-rename-source-if-unmodified-since"]));

    /// <summary>
    /// If-Range: whether the range is of this object, by its strong ETag or its exact time; true without the header.
    /// Source: RFC 9110 section 13.1.5.
    /// </summary>
    public static bool IsRangeOf(string? ifRange, string eTag, DateTimeOffset lastModified)
    {
        var text = ifRange.AsSpan().Trim();
        if (text.IsEmpty)
            return true;
        if (Timestamps.TryParseHttpDate(ifRange, out var time))
            return time == Timestamps.ToSecond(lastModified);
        return !text.StartsWith("W/", StringComparison.Ordinal) && ETags.Bare(text).SequenceEqual(eTag);
    }

    public static WriteConditions OfWrite(IHeaderDictionary headers) =>
        new(List(headers.IfMatch.ToString()), List(headers.IfNoneMatch.ToString()));

    /// <exception cref="S3Exception">A time or size that does not parse: here ignoring it would delete what should stay.</exception>
    public static DeleteConditions OfDelete(IHeaderDictionary headers) => OfDelete(
        headers.IfMatch.ToString(),
        headers["x-amz-if-match-last-modified-time"].ToString(),
        headers["x-amz-if-match-size"].ToString());

    /// <inheritdoc cref="OfDelete(IHeaderDictionary)"/>
    public static DeleteConditions OfDelete(string? eTag, string? lastModified, string? size)
    {
        DateTimeOffset? time = null;
        if (!string.IsNullOrEmpty(lastModified))
            time = Timestamps.TryParseAny(lastModified, out var parsed) ? parsed : throw Invalid("The last modified time of the condition is not a date.");

        long? length = null;
        if (!string.IsNullOrEmpty(size))
            length = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : throw Invalid("The size of the condition is not a number.");

        return new DeleteConditions(List(eTag), time, length);
    }

    /// <summary>ETags may come quoted or bare, weak or strong.</summary>
    public static ETagList List(string? header)
    {
        if (string.IsNullOrEmpty(header))
            return default;

        var tags = new List<string>();
        foreach (var part in header.AsSpan().Split(','))
        {
            var tag = ETags.Bare(header.AsSpan(part));
            if (tag is "*")
                return ETagList.Star;
            tags.Add(tag.ToString());
        }

        return ETagList.Of([.. tags]);
    }

    private static DateTimeOffset? Date(string? header) => Timestamps.TryParseHttpDate(header, out var value) ? value : null;

    private static S3Exception Invalid(string message) => new(S3ErrorCode.InvalidArgument, message);
}
