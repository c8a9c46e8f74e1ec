using Microsoft.Extensions.Logging;

namespace ObjectStore.Cosi.Diagnostics;

/// <summary>Log messages of the driver; an event's id never changes its meaning. 5000: life of the process, 5100: calls, 5200: buckets, 5300: access.</summary>
internal static partial class CosiLog
{
    [LoggerMessage(5000, LogLevel.Information, "ObjectStore COSI driver {version} starts: {options}")]
    public static partial void Starting(ILogger logger, string version, string options);

    [LoggerMessage(5001, LogLevel.Information, "Listening on {address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(5002, LogLevel.Information, "Metrics and health on {address}")]
    public static partial void MetricsListening(ILogger logger, string address);

    [LoggerMessage(5003, LogLevel.Information, "Stopping: calls under way get {seconds} s to end")]
    public static partial void Stopping(ILogger logger, double seconds);

    [LoggerMessage(5004, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(5100, LogLevel.Information, "{method} {code} {elapsedMs:F1} ms")]
    public static partial void CallEnded(ILogger logger, string method, string code, double elapsedMs);

    [LoggerMessage(5101, LogLevel.Warning, "{method} {code} {elapsedMs:F1} ms: {message}")]
    public static partial void CallRefused(ILogger logger, string method, string code, double elapsedMs, string message);

    [LoggerMessage(5102, LogLevel.Error, "{method} {code} {elapsedMs:F1} ms: failed inside the driver")]
    public static partial void CallFailed(ILogger logger, Exception fault, string method, string code, double elapsedMs);

    [LoggerMessage(5300, LogLevel.Warning, "{name}: {message}")]
    public static partial void Happened(ILogger logger, string name, string message);

    [LoggerMessage(5301, LogLevel.Information, "The key of BucketAccess {space}/{access} is followed by {accessKeyId}, which ends at {end:O}, in its secrets")]
    public static partial void KeyRenewed(ILogger logger, string space, string access, string accessKeyId, DateTime? end);

    [LoggerMessage(5103, LogLevel.Debug, "{call}: {step}")]
    public static partial void StepDone(ILogger logger, string call, string step);

    [LoggerMessage(5200, LogLevel.Information, "Bucket {bucket} is ready for {name} ({version})")]
    public static partial void BucketReady(ILogger logger, string bucket, string name, ApiVersion version);

    [LoggerMessage(5201, LogLevel.Information, "Bucket {bucket} is deleted ({policy})")]
    public static partial void BucketDeleted(ILogger logger, string bucket, string policy);

    [LoggerMessage(5202, LogLevel.Warning, "Bucket {bucket} is not made: {message}")]
    public static partial void BucketRefused(ILogger logger, string bucket, string message);

    [LoggerMessage(5203, LogLevel.Warning, "Bucket {bucket} is not deleted: {message}")]
    public static partial void BucketKept(ILogger logger, string bucket, string message);
}
