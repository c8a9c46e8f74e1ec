namespace ObjectStore.Server.S3;

/// <summary>
/// One call of S3, which only translates: it reads the request, asks the object service, writes the answer.
/// It runs after authentication and authorisation, concurrently; it holds no state of a request. Mark it with
/// <see cref="Routing.HandlesAttribute"/>.
/// </summary>
internal interface IS3Operation
{
    /// <summary>
    /// Answers the request. An expected failure is answered with <see cref="S3RequestContext.SendErrorAsync(Errors.S3Error, CancellationToken)"/>;
    /// where that is awkward, an <see cref="Errors.S3Exception"/> gives the same answer. Any other exception is
    /// mapped by <see cref="Errors.S3FaultMap"/> or becomes 500 InternalError; if the answer has begun, the connection is broken.
    /// </summary>
    ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct);
}
