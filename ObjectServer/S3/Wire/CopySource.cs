using System.Diagnostics.CodeAnalysis;

namespace ObjectStore.Server.S3.Wire;

/// <summary>The object that x-amz-copy-source names: <c>[/]bucket/key[?versionId=id]</c>, percent-encoded.</summary>
internal sealed record CopySource(string Bucket, string Key, string? VersionId)
{
    private const string VersionMark = "?versionId=";

    public static bool TryParse(string header, [NotNullWhen(true)] out CopySource? source)
    {
        source = null;
        var text = header.AsSpan().Trim();
        string? version = null;
        // A question mark of the key itself is encoded, so the first one begins the query.
        var mark = text.IndexOf(VersionMark, StringComparison.Ordinal);
        if (mark >= 0)
        {
            if (!UrlEncoding.TryDecode(text[(mark + VersionMark.Length)..], out version) || version.Length == 0)
                return false;
            text = text[..mark];
        }

        if (!UrlEncoding.TryDecode(text, out var path))
            return false;

        if (path.StartsWith('/'))
            path = path[1..];
        var slash = path.IndexOf('/');
        if (slash <= 0 || slash == path.Length - 1)
            return false;

        source = new CopySource(path[..slash], path[(slash + 1)..], version);
        return true;
    }
}
