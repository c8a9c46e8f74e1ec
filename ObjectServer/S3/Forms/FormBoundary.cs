using System.Text;

namespace ObjectStore.Server.S3.Forms;

/// <summary>The line that separates the parts of a form. Source: RFC 2046, section 5.1.1.</summary>
internal static class FormBoundary
{
    /// <summary>The RFC allows 70 characters; some clients take more.</summary>
    public const int MaxLength = 200;

    public const string MediaType = "multipart/form-data";

    public static bool IsForm(string? contentType) => contentType?.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>CR LF, two hyphens and the boundary that a Content-Type names: what ends every part. Null if it names none.</summary>
    public static byte[]? DelimiterOf(string contentType)
    {
        if (!IsForm(contentType)) return null;
        var parameters = FieldParameters.Parse(contentType.AsSpan(MediaType.Length));
        var boundary = parameters.Find("boundary");
        if (boundary is not { Length: > 0 and <= MaxLength } || boundary.AsSpan().ContainsAnyExceptInRange(' ', '~')) return null;
        return Encoding.ASCII.GetBytes("\r\n--" + boundary);
    }
}
