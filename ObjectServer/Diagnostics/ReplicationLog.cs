namespace ObjectStore.Server.Diagnostics;

/// <summary>Log messages of replication; an event's id never changes its meaning. 2700 and on.</summary>
internal static partial class ReplicationLog
{
    [LoggerMessage(2700, LogLevel.Warning, "{destination} does not take versions of bucket {bucket}, which wait and are tried again: {reason}")]
    public static partial void Unavailable(ILogger logger, string destination, string bucket, string reason);

    [LoggerMessage(2701, LogLevel.Warning, "{destination} refuses versions of bucket {bucket}, whose replication has failed: {reason}")]
    public static partial void Refused(ILogger logger, string destination, string bucket, string reason);

    [LoggerMessage(2702, LogLevel.Error, "Replication to {destination} failed and is tried again")]
    public static partial void SenderFailed(ILogger logger, Exception exception, string destination);

    [LoggerMessage(2703, LogLevel.Error, "Replication from queue {queue} failed and will be begun again")]
    public static partial void WorkerFailed(ILogger logger, Exception exception, string queue);

    [LoggerMessage(2704, LogLevel.Warning, "The rules of bucket {bucket} do not name {destination} any more: {count} changes that waited for it are dropped")]
    public static partial void Dropped(ILogger logger, string bucket, string destination, long count);

    [LoggerMessage(2705, LogLevel.Error, "The walk through existing versions of bucket {bucket} failed and is tried again")]
    public static partial void WalkFailed(ILogger logger, Exception exception, string bucket);
}
