using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire;

/// <summary>The headers of a PutObject that appends.</summary>
internal static class AppendFields
{
    public const string Offset = "x-amz-write-offset-bytes";

    // They would describe the object anew, and only its bytes grow.
    private static readonly string[] Refused =
        ["x-amz-meta-", "x-amz-tagging", "x-amz-acl", "x-amz-grant-", "x-amz-storage-class", "x-amz-object-lock-", "x-amz-website-redirect-location"];

    /// <summary>Null where nothing is appended.</summary>
    /// <exception cref="S3Exception">It is no number.</exception>
    public static long? ReadOffset(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(Offset, out var values)) return null;
        return long.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new S3Exception(new S3Error(S3ErrorCode.InvalidArgument, "The write offset is no number of bytes.", ("ArgumentName", Offset), ("ArgumentValue", values.ToString())));
    }

    /// <summary>Whether the request asks for what an append to an object that is there cannot do. Content headers do not: clients send them by themselves.</summary>
    public static bool Describe(IHeaderDictionary headers) => headers.Keys.Any(name =>
        name.Equals("x-amz-server-side-encryption", StringComparison.OrdinalIgnoreCase) || Array.Exists(Refused, refused => name.StartsWith(refused, StringComparison.OrdinalIgnoreCase)));
}
