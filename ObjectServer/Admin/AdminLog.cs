namespace ObjectStore.Server.Admin;

/// <summary>Log messages of the admin API (1300): who changed what. Never a secret, never a body.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(1300, LogLevel.Information, "Admin: {principal} did {action} on {resource}: {status}")]
    public static partial void Changed(ILogger logger, string principal, string action, string resource, int status);

    [LoggerMessage(1301, LogLevel.Warning, "Admin: {principal} is not allowed {action} on {resource}")]
    public static partial void Denied(ILogger logger, string principal, string action, string resource);

    [LoggerMessage(1303, LogLevel.Information, "Admin: {principal} becomes the root of account {account} with the session {accessKey}, until {expiresAt:u}")]
    public static partial void Assumed(ILogger logger, string principal, string account, string accessKey, DateTime expiresAt);

    [LoggerMessage(1302, LogLevel.Error, "Admin: request {requestId} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string requestId);
}
