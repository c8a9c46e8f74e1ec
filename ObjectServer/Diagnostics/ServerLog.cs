using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Log messages of the server; an event's id never changes its meaning. 1000: life of the process, 1100: requests, 1200: TLS.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1000, LogLevel.Information, "ObjectStore {version} starts: {options}")]
    public static partial void Starting(ILogger logger, string version, string options);

    [LoggerMessage(1001, LogLevel.Information, "Listening on {address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(1002, LogLevel.Information, "Stopping: requests in flight get {seconds} s to end")]
    public static partial void Draining(ILogger logger, double seconds);

    [LoggerMessage(1003, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1004, LogLevel.Warning, "The default credentials are in use; set OBJECTSTORE_ROOT_USER and OBJECTSTORE_ROOT_PASSWORD")]
    public static partial void DefaultCredentials(ILogger logger);

    [LoggerMessage(1100, LogLevel.Debug, "{method} {path} {status} {operation} {elapsedMs:F3} ms, {requestId} from {remote}")]
    public static partial void Access(ILogger logger, string method, string path, int status, S3OperationName? operation, double elapsedMs, string requestId, string remote);

    [LoggerMessage(1101, LogLevel.Error, "Request {requestId} ({operation}) failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string requestId, S3OperationName? operation);

    [LoggerMessage(1104, LogLevel.Error, "Request {requestId} ({operation}) is answered with 503: {reason}")]
    public static partial void ZstdMissing(ILogger logger, string requestId, S3OperationName? operation, string reason);

    [LoggerMessage(1102, LogLevel.Debug, "Request {requestId}: the client went away")]
    public static partial void ClientGone(ILogger logger, string requestId);

    [LoggerMessage(1103, LogLevel.Warning, "OpenID Connect provider {provider}: {address} cannot be had: {reason}")]
    public static partial void ProviderUnreachable(ILogger logger, string provider, string address, string reason);

    [LoggerMessage(1200, LogLevel.Information, "TLS certificate loaded: {subject}, valid until {until:u}")]
    public static partial void CertificateLoaded(ILogger logger, string subject, DateTime until);

    [LoggerMessage(1201, LogLevel.Error, "The TLS certificate could not be reloaded; the one before stays in use")]
    public static partial void CertificateReloadFailed(ILogger logger, Exception exception);
}
