using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls on one annotation have in common.</summary>
internal static class AnnotationCalls
{
    public static AnnotationTarget Target(S3RequestContext context) => new()
    {
        Bucket = context.Bucket!,
        Key = context.Key!,
        VersionId = Parameters.VersionId(context),
        Name = context.Query["annotationName"] ?? "",
        Origin = context.Origin,
        ObjectIfMatch = Conditions.List(context.Header(AnnotationFields.ObjectIfMatch)),
    };

    public static ValueTask<bool> MayBypassAsync(S3RequestContext context, CancellationToken ct) =>
        Locks.MayBypassAsync(context, context.Key!, Parameters.VersionId(context), ct);

    /// <summary>The version whose annotations they are.</summary>
    public static void SetVersion(S3RequestContext context, ObjectInfo version)
    {
        if (version.Versioning != VersioningState.Unversioned)
            context.Response.Headers[AnnotationFields.ObjectVersion] = version.VersionId;
    }
}
