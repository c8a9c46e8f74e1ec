using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Rpc;

/// <summary>The one place where refusals become statuses of gRPC.</summary>
internal static class Statuses
{
    public static GrpcException Of(Refusal refusal) => new(CodeOf(refusal.Reason), refusal.Message);

    public static GrpcException Invalid(string message) => new(GrpcStatusCode.InvalidArgument, message);

    private static GrpcStatusCode CodeOf(RefusalReason reason) => reason switch
    {
        RefusalReason.InvalidArgument => GrpcStatusCode.InvalidArgument,
        RefusalReason.NotFound => GrpcStatusCode.NotFound,
        RefusalReason.AlreadyExists => GrpcStatusCode.AlreadyExists,
        RefusalReason.Aborted => GrpcStatusCode.Aborted,
        RefusalReason.FailedPrecondition => GrpcStatusCode.FailedPrecondition,
        RefusalReason.OutOfRange => GrpcStatusCode.OutOfRange,
        RefusalReason.PermissionDenied => GrpcStatusCode.PermissionDenied,
        RefusalReason.Unauthenticated => GrpcStatusCode.Unauthenticated,
        RefusalReason.Unavailable => GrpcStatusCode.Unavailable,
        RefusalReason.ResourceExhausted => GrpcStatusCode.ResourceExhausted,
        RefusalReason.Unimplemented => GrpcStatusCode.Unimplemented,
        _ => GrpcStatusCode.Internal,
    };
}
