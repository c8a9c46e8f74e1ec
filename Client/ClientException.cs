namespace ObjectStore.Client;

/// <summary>Why a call did not give what was asked for.</summary>
public enum ClientErrorKind
{
    /// <summary>The server answered with an error.</summary>
    Refused,

    /// <summary>No answer came: the connection could not be made, or broke.</summary>
    Unreachable,

    /// <summary>No answer came in time.</summary>
    TimedOut,

    /// <summary>What answered does not speak the protocol, or says more than is taken.</summary>
    Foreign,
}

/// <summary>A call that failed. The message is for people and holds no secret.</summary>
public sealed class ClientException : Exception
{
    private ClientException(ClientErrorKind kind, int status, string code, string message, Exception? inner = null) : base(message, inner) =>
        (Kind, Status, Code) = (kind, status, code);

    public ClientErrorKind Kind { get; }

    /// <summary>HTTP's; 0 where no answer came.</summary>
    public int Status { get; }

    /// <summary>The server's code (of S3, IAM, STS or the admin API), or the kind where it gave none.</summary>
    public string Code { get; }

    /// <summary>What the server's log calls the request; null where it said none.</summary>
    public string? RequestId { get; init; }

    /// <summary>Whether the same call may succeed later without anybody changing anything.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Whether the call may have been carried out nevertheless: look before repeating what must not happen twice.</summary>
    public bool IsOutcomeUnknown { get; init; }

    /// <summary>Whether the server says that what the call is about does not exist.</summary>
    public bool IsNotFound => Kind == ClientErrorKind.Refused && Status == 404;

    /// <summary>Whether it is the credentials: unknown, wrong, expired, or not allowed to.</summary>
    public bool IsNotAllowed => Kind == ClientErrorKind.Refused && (Status is 401 or 403 || Code is "InvalidClientTokenId" or "InvalidAccessKeyId"
        or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken" or "IncompleteSignature");

    public static ClientException Refused(int status, string code, string message, string? requestId = null) =>
        new(ClientErrorKind.Refused, status, code, message)
        {
            RequestId = requestId,
            IsTransient = status is 429 or >= 500 and not 501 || code is "OperationAborted" or "RequestTimeout" or "ConcurrentModification" or "Throttling",
            // 503 is only answered where nothing was done.
            IsOutcomeUnknown = status >= 500 && status is not (501 or 503),
        };

    /// <param name="wasSent">Whether the server may have got the request.</param>
    public static ClientException Unreachable(string message, bool wasSent, Exception? inner = null) =>
        new(ClientErrorKind.Unreachable, 0, nameof(ClientErrorKind.Unreachable), message, inner) { IsTransient = true, IsOutcomeUnknown = wasSent };

    public static ClientException TimedOut(string message, Exception? inner = null) =>
        new(ClientErrorKind.TimedOut, 0, nameof(ClientErrorKind.TimedOut), message, inner) { IsTransient = true, IsOutcomeUnknown = true };

    public static ClientException Foreign(string message, Exception? inner = null) =>
        new(ClientErrorKind.Foreign, 0, nameof(ClientErrorKind.Foreign), message, inner) { IsOutcomeUnknown = true };
}
