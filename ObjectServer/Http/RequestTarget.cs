using System.Text;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Http;

/// <summary>
/// The target of a request line, split and decoded exactly: dot segments, double slashes, %2F, '+' and trailing slashes
/// are part of a key, so the server's own normalised path is never looked at.
/// </summary>
/// <param name="RawPath">As it came, from the first slash to the '?'.</param>
internal readonly record struct RequestTarget(string RawPath, string RawQuery)
{
    /// <summary>Longest key in bytes of UTF-8.</summary>
    public const int MaxKeyBytes = 1024;

    /// <param name="rawTarget">Origin form ("/a?b") or absolute form ("http://host/a?b").</param>
    public static RequestTarget Parse(string rawTarget)
    {
        var start = 0;
        if (rawTarget.Length > 0 && rawTarget[0] != '/')
        {
            var authority = rawTarget.IndexOf("://", StringComparison.Ordinal);
            if (authority >= 0)
            {
                start = rawTarget.AsSpan(authority + 3).IndexOfAny('/', '?');
                start = start < 0 ? rawTarget.Length : start + authority + 3;
            }
        }
        var question = rawTarget.IndexOf('?', start);
        var pathEnd = question < 0 ? rawTarget.Length : question;
        var path = start == 0 && pathEnd == rawTarget.Length ? rawTarget : rawTarget[start..pathEnd];
        return new RequestTarget(path.Length == 0 ? "/" : path, question < 0 ? "" : rawTarget[(question + 1)..]);
    }

    /// <summary>Finds bucket and key.</summary>
    /// <param name="hostBucket">The bucket that the host's name gives, or null for path style.</param>
    /// <returns>The error, or null. Bucket and key are null where the path names none.</returns>
    public S3Error? Resolve(string? hostBucket, out string? bucket, out string? key)
    {
        bucket = hostBucket;
        key = null;
        var rest = RawPath.AsSpan();
        if (rest[0] != '/') return S3ErrorCode.InvalidURI;
        rest = rest[1..];
        if (hostBucket is null)
        {
            if (rest.IsEmpty) return null;
            var slash = rest.IndexOf('/');
            bucket = PercentEncoding.DecodePath(slash < 0 ? rest : rest[..slash]);
            if (bucket is null) return S3ErrorCode.InvalidURI;
            if (bucket.Length == 0) return new S3Error(S3ErrorCode.InvalidBucketName, null, ("BucketName", ""));
            rest = slash < 0 ? default : rest[(slash + 1)..];
        }
        if (rest.IsEmpty) return null;
        key = PercentEncoding.DecodePath(rest);
        if (key is null) return S3ErrorCode.InvalidURI;
        return key.Length > MaxKeyBytes / 3 && Encoding.UTF8.GetByteCount(key) > MaxKeyBytes ? TooLong(key) : null;
    }

    private static S3Error TooLong(string key) => new(
        S3ErrorCode.KeyTooLongError,
        null,
        ("Size", Encoding.UTF8.GetByteCount(key).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("MaxSizeAllowed", "1024"));
}
