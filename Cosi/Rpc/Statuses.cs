using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Rpc;

/// <summary>The one place where refusals become statuses of gRPC.</summary>
internal static class Statuses
{
    // Messages travel in headers, which clients bound; percent-encoding may make three of one.
    private const int MaxMessageLength = 2000;

    public static GrpcException Of(Refusal refusal) => new(CodeOf(refusal.Reason), Shorten(refusal.Message));

    public static GrpcException Invalid(string message) => new(GrpcStatusCode.InvalidArgument, message);

    private static string Shorten(string message) => message.Length <= MaxMessageLength ? message : message[..MaxMessageLength] + "...";

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
