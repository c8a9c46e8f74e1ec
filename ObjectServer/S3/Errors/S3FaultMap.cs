namespace ObjectStore.Server.S3.Errors;

/// <summary>The one mapping from faults of what lies below to errors of S3.</summary>
internal static class S3FaultMap
{
    /// <summary>The error that a client is told; InternalError for what no one foresaw.</summary>
    public static S3Error Map(Exception fault) => fault switch
    {
        S3Exception exception => exception.Error,
        _ => S3ErrorCode.InternalError,
    };
}
