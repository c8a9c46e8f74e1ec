using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What is told when a document of an account cannot be changed.</summary>
internal static class AccountAnswers
{
    public static S3Error ErrorOf(Refusal refusal) => refusal.Fault switch
    {
        IdentityFault.Unavailable => S3ErrorCode.ServiceUnavailable,
        IdentityFault.UnknownOutcome => new S3Error(S3ErrorCode.InternalError, "It is not known whether the request took effect. Look before you try again."),
        // The account went away while it asked.
        IdentityFault.NoSuchEntity => S3ErrorCode.AccessDenied,
        _ => new S3Error(S3ErrorCode.InvalidRequest, refusal.Message),
    };
}
