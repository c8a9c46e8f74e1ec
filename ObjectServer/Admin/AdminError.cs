using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Admin;

/// <summary>An answer that is an error: an HTTP status, a code for programs and a message for people.</summary>
internal sealed record AdminError(int Status, string Code, string Message)
{
    public static readonly AdminError Unsigned = new(401, "Unauthenticated", "Sign the request with Signature Version 4 in the Authorization header, for the service s3 or objectstore.");

    public static readonly AdminError TooLarge = new(413, "RequestTooLarge", $"The body may have {AdminApi.MaxBodyBytes} bytes.");

    public static readonly AdminError Busy = new(429, "TooManyRequests", $"{AdminApi.MaxConcurrent} requests are being worked on; try again.");

    public static readonly AdminError Internal = new(500, "InternalError", "The server failed; its log says more.");

    public static readonly AdminError BodyNotSigned = new(400, "InvalidRequest", "x-amz-content-sha256 must be the SHA-256 of the body.");

    public static readonly AdminError BodyDiffers = new(400, "InvalidRequest", "The body is not the one that was signed.");

    public static AdminError NotFound(string what) => new(404, "NoSuchEntity", what);

    public static AdminError Invalid(string message) => new(400, "ValidationError", message);

    public static AdminError Malformed(string message) => new(400, "MalformedDocument", message);

    public static AdminError Denied(string message) => new(403, "AccessDenied", message);

    public static AdminError Conflict(string message) => new(409, "DeleteConflict", message);

    public static AdminError NoSuchCall(string path) => NotFound($"The admin API has no {path}.");

    public static AdminError NotAllowed(string method) => new(405, "MethodNotAllowed", $"{method} is not possible here.");

    /// <summary>The codes are IAM's where IAM has one.</summary>
    public static AdminError Of(Refusal refusal) => refusal.Fault switch
    {
        IdentityFault.NoSuchEntity => NotFound(refusal.Message),
        IdentityFault.EntityAlreadyExists => new(409, "EntityAlreadyExists", refusal.Message),
        IdentityFault.DeleteConflict => Conflict(refusal.Message),
        IdentityFault.LimitExceeded => new(409, "LimitExceeded", refusal.Message),
        IdentityFault.UnmodifiableEntity => new(409, "UnmodifiableEntity", refusal.Message),
        IdentityFault.StaleGeneration => new(409, "StaleGeneration", refusal.Message),
        IdentityFault.UnknownOutcome => new(500, "UnknownOutcome", refusal.Message),
        IdentityFault.Unavailable => new(503, "ServiceUnavailable", refusal.Message),
        _ => Invalid(refusal.Message),
    };

    public static AdminError Of(Failure failure, string bucket) => failure.Fault switch
    {
        ObjectFault.NoSuchBucket => NotFound($"There is no bucket \"{bucket}\"."),
        ObjectFault.BucketNotEmpty => Conflict($"The bucket \"{bucket}\" is not empty."),
        _ => FromS3(S3FaultMap.Map(failure)),
    };

    /// <summary>Why a signature is refused: it is about who asks, so 401, unless the request could not be read.</summary>
    public static AdminError OfSignature(S3Error error)
    {
        var told = FromS3(error);
        return told.Status is 403 || error.Code is S3ErrorCode.ExpiredToken or S3ErrorCode.InvalidToken ? told with { Status = 401 } : told;
    }

    public static AdminError FromS3(S3Error error)
    {
        var row = S3ErrorTable.Row(error.Code);
        return new AdminError(row.Status, row.Name, error.Message ?? row.Text);
    }
}
