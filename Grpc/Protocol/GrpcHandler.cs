namespace ObjectStore.Grpc.Protocol;

/// <summary>Runs one call to its end: returns for OK, throws <see cref="GrpcException"/> for any other status.</summary>
internal delegate Task GrpcHandler(GrpcCall call, CancellationToken ct);
