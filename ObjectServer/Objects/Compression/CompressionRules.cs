using System.Text;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Decides by a bucket's settings, and by what is said of an object, whether its bytes are worth a try.</summary>
internal static class CompressionRules
{
    // Media types whose formats compress by themselves.
    private static readonly string[] DenseTypes =
    [
        "image/*", "video/*", "audio/*", "font/woff", "font/woff2", "application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed",
        "application/zstd", "application/x-zstd", "application/x-bzip2", "application/x-xz", "application/x-lzip", "application/x-lz4", "application/x-7z-compressed",
        "application/vnd.rar", "application/x-rar-compressed", "application/java-archive", "application/vnd.android.package-archive", "application/x-compress",
    ];

    // Of those, what is plain all the same.
    private static readonly string[] LooseTypes = ["image/svg+xml", "image/bmp", "image/x-ms-bmp", "image/x-portable-pixmap", "audio/wav", "audio/x-wav", "audio/midi"];

    private static readonly string[] DenseTypeParts = ["+zip", "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."];

    // Many clients name no type.
    private static readonly string[] DenseExtensions =
    [
        ".gz", ".tgz", ".bz2", ".xz", ".zst", ".lz4", ".br", ".zip", ".7z", ".rar", ".jar", ".apk", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".heic",
        ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".flac", ".mp4", ".m4v", ".mkv", ".mov", ".avi", ".webm", ".woff", ".woff2", ".docx", ".xlsx", ".pptx", ".odt", ".ods",
    ];

    /// <param name="key">The object's key in UTF-8.</param>
    public static CompressionChoice Choose(BucketRecord bucket, HeadersRecord? headers, ReadOnlySpan<byte> key) =>
        bucket.Compression is { } rule ? Choose(rule, headers?.ContentType, headers?.ContentEncoding, key) : CompressionChoice.None;

    /// <inheritdoc cref="Choose(BucketRecord, HeadersRecord?, ReadOnlySpan{byte})"/>
    public static CompressionChoice Choose(BucketRecord bucket, ObjectHeaders headers, ReadOnlySpan<byte> key) =>
        bucket.Compression is { } rule ? Choose(rule, headers.ContentType, headers.ContentEncoding, key) : CompressionChoice.None;

    private static CompressionChoice Choose(BucketCompressionRecord rule, string? contentType, string? contentEncoding, ReadOnlySpan<byte> key)
    {
        if (IsEncoded(contentEncoding)) return CompressionChoice.None;
        var type = MediaTypeOf(contentType);
        var isWanted = rule.MediaTypes.Count + rule.Extensions.Count > 0
            ? Matches(rule.MediaTypes, type) || EndsWith(key, rule.Extensions)
            : !IsDense(type) && !EndsWith(key, DenseExtensions);
        return isWanted ? new CompressionChoice((int)rule.Level) : CompressionChoice.None;
    }

    // "aws-chunked" is how a request was framed, and no encoding of the object.
    private static bool IsEncoded(string? contentEncoding)
    {
        if (string.IsNullOrEmpty(contentEncoding)) return false;
        foreach (var part in contentEncoding.AsSpan().Split(','))
        {
            var coding = contentEncoding.AsSpan()[part].Trim();
            if (!coding.IsEmpty && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase) && !coding.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    /// <summary>Without parameters.</summary>
    private static ReadOnlySpan<char> MediaTypeOf(string? contentType)
    {
        var type = contentType.AsSpan();
        var parameters = type.IndexOf(';');
        return (parameters < 0 ? type : type[..parameters]).Trim();
    }

    private static bool IsDense(ReadOnlySpan<char> type)
    {
        if (Matches(LooseTypes, type)) return false;
        if (Matches(DenseTypes, type)) return true;
        foreach (var part in DenseTypeParts)
        {
            if (type.Contains(part, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    private static bool Matches(IList<string> patterns, ReadOnlySpan<char> type)
    {
        for (var i = 0; i < patterns.Count; i++)
        {
            var pattern = patterns[i].AsSpan();
            if (pattern is "*/*") return true;
            var fits = pattern.EndsWith("/*") ? type.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase) : type.Equals(pattern, StringComparison.OrdinalIgnoreCase);
            if (fits) return true;
        }
        return false;
    }

    private static bool EndsWith(ReadOnlySpan<byte> key, IList<string> extensions)
    {
        for (var i = 0; i < extensions.Count; i++)
        {
            var extension = extensions[i];
            // Extensions are ASCII.
            if (key.Length > extension.Length && Ascii.EqualsIgnoreCase(key[^extension.Length..], extension)) return true;
        }
        return false;
    }
}
