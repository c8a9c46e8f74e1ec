using System.Globalization;

namespace ObjectStore.Server.S3.Wire;

/// <summary>Bytes [Offset, Offset + Length) of an object.</summary>
internal readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>The value of Content-Range, given the whole object's size.</summary>
    public string ToContentRange(long sizeBytes) =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {Offset}-{Offset + Length - 1}/{sizeBytes}");
}

internal enum RangeKind
{
    /// <summary>No range, or one that S3 ignores: the whole object, 200.</summary>
    Whole,

    /// <summary>206 with Content-Range.</summary>
    Partial,

    /// <summary>416 with <c>Content-Range: bytes */size</c>.</summary>
    Unsatisfiable,
}

/// <summary>
/// The Range header as S3 reads it (RFC 9110 section 14): one range of bytes. Anything else, several ranges included, is ignored.
/// </summary>
internal static class RangeHeader
{
    private const string Unit = "bytes=";

    public static RangeKind Resolve(string? header, long sizeBytes, out ByteRange range)
    {
        range = new ByteRange(0, sizeBytes);
        if (!TryParse(header, out var first, out var last))
            return RangeKind.Whole;

        if (first is null)
        {
            var suffix = Math.Min(last!.Value, sizeBytes);
            range = new ByteRange(sizeBytes - suffix, suffix);
            return suffix == 0 ? RangeKind.Unsatisfiable : RangeKind.Partial;
        }

        if (first >= sizeBytes)
            return RangeKind.Unsatisfiable;

        var end = Math.Min(last ?? long.MaxValue, sizeBytes - 1);
        range = new ByteRange(first.Value, end - first.Value + 1);
        return RangeKind.Partial;
    }

    /// <summary>
    /// UploadPartCopy's x-amz-copy-source-range: only <c>bytes=first-last</c>, and it must lie inside the source.
    /// </summary>
    public static bool TryParseCopyRange(string header, out long first, out long last)
    {
        (first, last) = (0, 0);
        if (!TryParse(header, out var from, out var to) || from is null || to is null)
            return false;

        (first, last) = (from.Value, to.Value);
        return true;
    }

    // first-last, first-, or -suffix (first null, last the suffix length).
    private static bool TryParse(string? header, out long? first, out long? last)
    {
        (first, last) = (null, null);
        if (header is null)
            return false;

        var text = header.AsSpan().Trim();
        if (!text.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return false;

        text = text[Unit.Length..].Trim();
        var dash = text.IndexOf('-');
        if (dash < 0 || !TryNumber(text[..dash], out first) || !TryNumber(text[(dash + 1)..], out last))
            return false;

        return first is null ? last is not null : last is null || first <= last;
    }

    // Digits only; a number beyond 64 bits is as good as infinity. Empty is null.
    private static bool TryNumber(ReadOnlySpan<char> text, out long? number)
    {
        number = null;
        text = text.Trim();
        if (text.ContainsAnyExceptInRange('0', '9'))
            return false;

        if (!text.IsEmpty)
            number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : long.MaxValue;
        return true;
    }
}
