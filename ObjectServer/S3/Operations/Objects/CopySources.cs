using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>The header that makes a write a copy.</summary>
internal static class CopySources
{
    public static CopySource Read(S3RequestContext context)
    {
        var header = context.Header("x-amz-copy-source") ?? "";
        return CopySource.TryParse(header, out var source)
            ? source
            : throw new S3Exception(Invalid.Argument("x-amz-copy-source", header, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"));
    }

    public static void SetSourceVersion(S3RequestContext context, string? versionId)
    {
        if (versionId is not null)
            context.Response.Headers["x-amz-copy-source-version-id"] = versionId;
    }
}
