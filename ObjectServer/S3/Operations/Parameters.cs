using System.Globalization;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Typed parameters of the query and of headers. A value that is not one is an <see cref="S3Exception"/>.</summary>
internal static class Parameters
{
    public const int MaxPartNumber = 10_000;

    /// <summary>A page size such as max-keys: absent or empty is the most, and so is more than that.</summary>
    public static int PageSize(S3RequestContext context, string name, int most = 1000)
    {
        var text = context.Query[name];
        if (string.IsNullOrEmpty(text))
            return most;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw new S3Exception(Invalid.Argument(name, text, $"Provided {name} not an integer or within integer range"));
        if (value < 0)
            throw new S3Exception(Invalid.Argument(name, text, $"Argument {name} must be an integer between 0 and 2147483647"));
        return Math.Min(value, most);
    }

    /// <summary>The part that GET and HEAD ask for; null for the whole object.</summary>
    public static int? OptionalPartNumber(S3RequestContext context) => context.Query["partNumber"] is { } text ? PartNumber(text) : null;

    public static int PartNumber(S3RequestContext context) => PartNumber(context.Query["partNumber"] ?? "");

    /// <summary>The version that is asked for; null for the current one.</summary>
    public static string? VersionId(S3RequestContext context) => context.Query["versionId"] switch
    {
        "" => throw new S3Exception(Invalid.Argument("versionId", "", "Version id cannot be the empty string")),
        var id => id,
    };

    /// <summary>The version that the request is about.</summary>
    public static VersionTarget Target(S3RequestContext context) => new(context.Bucket!, context.Key!, VersionId(context)) { Origin = context.Origin };

    public static string UploadId(S3RequestContext context) => context.Query["uploadId"] is { Length: > 0 } id ? id : throw new S3Exception(S3ErrorCode.NoSuchUpload);

    /// <summary>Whether names are to be percent-encoded in the answer.</summary>
    public static bool UrlEncoding(S3RequestContext context) => context.Query["encoding-type"] switch
    {
        null or "" => false,
        "url" => true,
        var other => throw new S3Exception(Invalid.Argument("encoding-type", other, "Invalid Encoding Method specified in Request")),
    };

    /// <summary>A parameter that counts as absent when it is empty.</summary>
    public static string? Optional(S3RequestContext context, string name) => context.Query[name] is { Length: > 0 } value ? value : null;

    /// <summary>A marker of a page by number; 0 is the beginning.</summary>
    public static int Marker(string name, string? text)
    {
        if (string.IsNullOrEmpty(text))
            return 0;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new S3Exception(Invalid.Argument(name, text, $"Argument {name} must be an integer between 0 and 2147483647"));
    }

    private static int PartNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxPartNumber
            ? number
            : throw new S3Exception(Invalid.Argument("partNumber", text, "Part number must be an integer between 1 and 10000, inclusive"));
}
