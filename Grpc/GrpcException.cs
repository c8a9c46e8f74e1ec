namespace ObjectStore.Grpc;

/// <summary>Ends a call with a status. The message goes to the client: it must be readable and free of secrets.</summary>
public sealed class GrpcException(GrpcStatusCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Never <see cref="GrpcStatusCode.Ok"/>.</summary>
    public GrpcStatusCode Code { get; } = code;
}
