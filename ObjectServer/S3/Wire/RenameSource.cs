using Microsoft.AspNetCore.Http;

namespace ObjectStore.Server.S3.Wire;

/// <summary>The key that x-amz-rename-source names, percent-encoded: by itself, or as <c>/bucket/key</c> with the request's bucket.</summary>
internal static class RenameSource
{
    public const string Header = "x-amz-rename-source";

    /// <summary>Null if there is none, or none that can be read.</summary>
    public static string? Read(IHeaderDictionary headers, string bucket)
    {
        var text = headers[Header].ToString().AsSpan().Trim();
        if (text.IsEmpty || !UrlEncoding.TryDecode(text, out var source)) return null;
        if (source.StartsWith('/') && source.AsSpan(1).StartsWith(bucket + "/", StringComparison.Ordinal)) source = source[(bucket.Length + 2)..];
        return source.Length > 0 ? source : null;
    }
}
