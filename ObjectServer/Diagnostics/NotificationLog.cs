namespace ObjectStore.Server.Diagnostics;

/// <summary>Log messages of notifications; an event's id never changes its meaning. 2400 and on.</summary>
internal static partial class NotificationLog
{
    [LoggerMessage(2400, LogLevel.Warning, "The target {arn} does not take events, which wait and are tried again: {reason}")]
    public static partial void Failed(ILogger logger, string arn, string reason);

    [LoggerMessage(2401, LogLevel.Error, "Delivery to {arn} failed and will be begun again")]
    public static partial void WorkerFailed(ILogger logger, Exception exception, string arn);

    [LoggerMessage(2402, LogLevel.Error, "{count} events for {arn} were dropped: they waited for more than {hours} hours")]
    public static partial void Expired(ILogger logger, string arn, int count, double hours);

    [LoggerMessage(2403, LogLevel.Error, "The oldest {count} events for {arn} are dropped: more than {limit} wait")]
    public static partial void Overflowed(ILogger logger, string arn, long count, long limit);

    [LoggerMessage(2404, LogLevel.Warning, "Secrets of event targets could not be opened or sealed, which will be tried again: {reason}")]
    public static partial void SecretsWait(ILogger logger, string reason);
}
