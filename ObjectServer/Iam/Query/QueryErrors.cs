using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Iam;

/// <summary>The errors of IAM and STS ("Common errors" of both API references, and those of each call).</summary>
internal static class QueryErrors
{
    public static readonly QueryError MissingToken = new("MissingAuthenticationToken", 403, "Request is missing Authentication Token");

    public static readonly QueryError MalformedForm = new("MalformedQueryString", 400, "The request is not a well-formed query string.");

    public static readonly QueryError TooLarge = new("RequestEntityTooLarge", 413, "The request is too large.");

    public static readonly QueryError MissingAction = new("MissingAction", 400, "The request is missing an action or a required parameter.");

    public static readonly QueryError Internal = new("InternalFailure", 500, "The request processing has failed because of an unknown error, exception or failure.");

    public static QueryException Missing(string name) =>
        Validation($"1 validation error detected: Value null at '{QueryRequest.Member(name)}' failed to satisfy constraint: Member must not be null");

    public static QueryException Validation(string message) => new(new QueryError("ValidationError", 400, message));

    public static QueryError UnknownAction(string action, string? version) =>
        new("InvalidAction", 400, $"Could not find operation {Cut(action)} for version {Cut(version ?? "NO_VERSION_SPECIFIED")}");

    public static QueryError NotImplemented(string action) => new("NotImplemented", 501, $"{action} is not implemented.");

    public static QueryError Denied(Principal principal, string action, string resource) =>
        new("AccessDenied", 403, $"User: {principal.Arn} is not authorized to perform: {action} on resource: {resource}");

    public static QueryError Of(Refusal refusal) => refusal.Fault switch
    {
        IdentityFault.NoSuchEntity => new("NoSuchEntity", 404, refusal.Message),
        IdentityFault.EntityAlreadyExists => new("EntityAlreadyExists", 409, refusal.Message),
        IdentityFault.DeleteConflict => new("DeleteConflict", 409, refusal.Message),
        IdentityFault.LimitExceeded => new("LimitExceeded", 409, refusal.Message),
        IdentityFault.ValidationError => new("ValidationError", 400, refusal.Message),
        IdentityFault.InvalidInput => new("InvalidInput", 400, refusal.Message),
        IdentityFault.MalformedPolicyDocument => new("MalformedPolicyDocument", 400, refusal.Message),
        IdentityFault.NotAttachable => new("PolicyNotAttachable", 400, refusal.Message),
        IdentityFault.UnmodifiableEntity => new("AccessDenied", 403, refusal.Message),
        IdentityFault.Unavailable => new("ServiceUnavailable", 503, refusal.Message),
        _ => new("InternalFailure", 500, refusal.Message),
    };

    /// <summary>What authentication said, in the words of IAM and STS.</summary>
    public static QueryError Of(S3Error error) => error.Code switch
    {
        S3ErrorCode.InvalidAccessKeyId or S3ErrorCode.InvalidToken => new("InvalidClientTokenId", 403, "The security token included in the request is invalid."),
        S3ErrorCode.ExpiredToken => new("ExpiredToken", 403, "The security token included in the request is expired"),
        S3ErrorCode.RequestTimeTooSkewed => new("SignatureDoesNotMatch", 403, "Signature expired or not yet current: the difference between the request's time and the server's is too large."),
        S3ErrorCode.SignatureDoesNotMatch => new("SignatureDoesNotMatch", 403,
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."),
        S3ErrorCode.AccessDenied => new("AccessDenied", 403, error.Message ?? "Access Denied"),
        _ => new("IncompleteSignature", 400, error.Message ?? "The request signature does not conform to AWS standards."),
    };

    private static string Cut(string text) => text.Length <= 128 ? text : text[..128];
}
