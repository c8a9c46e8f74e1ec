using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Lifecycle;

/// <summary>x-amz-transition-default-minimum-object-size. Source: S3 API reference, PutBucketLifecycleConfiguration.</summary>
internal static class TransitionMinimums
{
    public const string Header = "x-amz-transition-default-minimum-object-size";

    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static TransitionMinimum Parse(string? header) => header switch
    {
        null or "" or "varies_by_storage_class" => TransitionMinimum.OfClass,
        "all_storage_classes_128K" => TransitionMinimum.AllClasses128K,
        _ => throw new S3Exception(new S3Error(S3ErrorCode.InvalidArgument, $"Invalid value for {Header}", ("ArgumentName", Header), ("ArgumentValue", header))),
    };

    public static string Name(TransitionMinimum minimum) => minimum == TransitionMinimum.AllClasses128K ? "all_storage_classes_128K" : "varies_by_storage_class";
}
