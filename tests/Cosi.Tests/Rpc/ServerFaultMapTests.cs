using ObjectStore.Client;
using ObjectStore.Cosi.Rpc;

namespace ObjectStore.Cosi.Tests.Rpc;

/// <summary>What the server's answers come to. Sidecars do not repeat INVALID_ARGUMENT, ALREADY_EXISTS and UNIMPLEMENTED.</summary>
public sealed class ServerFaultMapTests
{
    [Theory]
    // What a call of the same names, or of others, was in the way of.
    [InlineData(409, "ConditionalRequestConflict", nameof(RefusalReason.Aborted))]
    [InlineData(409, "DeleteConflict", nameof(RefusalReason.Aborted))]
    [InlineData(409, "OperationAborted", nameof(RefusalReason.Aborted))]
    [InlineData(409, "ConcurrentModification", nameof(RefusalReason.Aborted))]
    [InlineData(403, "SignatureDoesNotMatch", nameof(RefusalReason.Unauthenticated))]
    [InlineData(403, "InvalidClientTokenId", nameof(RefusalReason.Unauthenticated))]
    [InlineData(403, "AccessDenied", nameof(RefusalReason.PermissionDenied))]
    [InlineData(403, "QuotaExceeded", nameof(RefusalReason.ResourceExhausted))]
    [InlineData(400, "TooManyBuckets", nameof(RefusalReason.ResourceExhausted))]
    [InlineData(409, "LimitExceeded", nameof(RefusalReason.ResourceExhausted))]
    [InlineData(503, "SlowDown", nameof(RefusalReason.Unavailable))]
    [InlineData(500, "InternalError", nameof(RefusalReason.Unavailable))]
    [InlineData(501, "NotImplemented", nameof(RefusalReason.FailedPrecondition))]
    [InlineData(400, "Whatever", nameof(RefusalReason.Internal))]
    public void Each_answer_comes_to_what_the_sidecar_shall_do(int status, string code, string reason) =>
        ServerFaults.Of(ClientException.Refused(status, code, "why")).Reason.ToString().ShouldBe(reason);
}
