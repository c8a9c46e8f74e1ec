using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Wire;

/// <summary>Headers about annotations. Source: S3 API reference, CopyObject and PutObjectAnnotation.</summary>
internal static class AnnotationFields
{
    /// <summary>Of a copy: whether it has the source's annotations. Also in the query.</summary>
    public const string Directive = "x-amz-object-annotation-directive";

    public const string Exclude = "EXCLUDE";

    /// <summary>The ETag that the object must have for its annotations to be changed.</summary>
    public const string ObjectIfMatch = "x-amz-object-if-match";

    public const string ObjectVersion = "x-amz-object-version-id";

    /// <exception cref="S3Exception">InvalidArgument for a directive that there is not.</exception>
    public static bool Excludes(IHeaderDictionary headers) => headers[Directive].ToString() switch
    {
        "" or "COPY" => false,
        Exclude => true,
        var other => throw new S3Exception(new S3Error(S3ErrorCode.InvalidArgument, "Unknown annotation directive.", ("ArgumentName", Directive), ("ArgumentValue", other))),
    };

    public static bool IsTakenBy(S3OperationName operation, string header) => header == Directive
        ? operation == S3OperationName.CopyObject
        : operation is S3OperationName.PutObjectAnnotation or S3OperationName.DeleteObjectAnnotation;
}
