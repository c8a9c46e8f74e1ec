using ObjectStore.Client;

namespace ObjectStore.Cosi.Rpc;

/// <summary>What a call comes to when the server fails it: a refusal that says what to do. The one place that judges the client's exceptions.</summary>
internal static class ServerFaults
{
    public static Refusal Of(ClientException fault) => fault.Kind switch
    {
        ClientErrorKind.Unreachable or ClientErrorKind.TimedOut =>
            new(RefusalReason.Unavailable, $"The ObjectStore server does not answer: {fault.Message} Check that it runs, and the driver's --server."),
        ClientErrorKind.Foreign => new(RefusalReason.Internal, $"{fault.Message} Check the driver's --server."),
        _ => OfAnswer(fault),
    };

    private static Refusal OfAnswer(ClientException fault) => fault.Code switch
    {
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidClientTokenId" or "ExpiredToken" or "InvalidToken" or "IncompleteSignature" or "Unauthenticated" =>
            new(RefusalReason.Unauthenticated, $"The ObjectStore server does not accept the driver's own credentials ({fault.Code}). Check its access key and secret key."),
        "RequestTimeTooSkewed" =>
            new(RefusalReason.FailedPrecondition, $"The clocks of the driver and of the ObjectStore server differ too much: {Said(fault)}"),
        "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" =>
            new(RefusalReason.FailedPrecondition, $"The ObjectStore server is in another region than the driver's --region says: {Said(fault)}"),
        "OperationAborted" or "ConcurrentModification" or "ConditionalRequestConflict" or "DeleteConflict" =>
            new(RefusalReason.Aborted, $"Another call changed the same thing: {Said(fault)}"),
        "TooManyBuckets" or "LimitExceeded" or "QuotaExceeded" =>
            new(RefusalReason.ResourceExhausted, $"A limit of the ObjectStore server is reached: {Said(fault)}"),
        _ when fault.IsNotAllowed =>
            new(RefusalReason.PermissionDenied, $"The driver's user may not do this in the ObjectStore server: {Said(fault)} docs/COSI.md has the policy that it needs."),
        _ when fault.Status == 501 => new(RefusalReason.FailedPrecondition, $"The ObjectStore server cannot do this: {Said(fault)}"),
        _ when fault.IsTransient => new(RefusalReason.Unavailable, $"The ObjectStore server cannot do this now: {Said(fault)}"),
        _ => new(RefusalReason.Internal, $"The ObjectStore server refuses: {Said(fault)}"),
    };

    private static string Said(ClientException fault) =>
        $"{fault.Code}: {fault.Message}{(fault.RequestId is null ? "" : $" (request {fault.RequestId})")}";
}
