using ObjectStore.Storage;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Log messages of the store; an event's id never changes its meaning. 2000: drives, 2100: metadata, 2200: background work, 2500: keys.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(2000, LogLevel.Information, "Formatted {path} as drive {drive}")]
    public static partial void DriveFormatted(ILogger logger, string path, DriveId drive);

    [LoggerMessage(2001, LogLevel.Error, "The drive at {path} is left out: {reason}")]
    public static partial void DriveLeftOut(ILogger logger, string path, string reason);

    [LoggerMessage(2002, LogLevel.Warning, "The drive at {path} has damage in its log, which is repaired from other drives: {damage}")]
    public static partial void DriveDamaged(ILogger logger, string path, string damage);

    [LoggerMessage(2003, LogLevel.Error, "The drive at {path} has stopped serving: {reason}")]
    public static partial void DriveLatched(ILogger logger, string path, string reason);

    [LoggerMessage(2004, LogLevel.Information, "The drive at {path} serves again")]
    public static partial void DriveReturned(ILogger logger, string path);

    [LoggerMessage(2005, LogLevel.Information, "Store {store} is open: {online} of {total} drives, scheme {scheme}, session {session}")]
    public static partial void StoreOpen(ILogger logger, Guid store, int online, int total, string scheme, uint session);

    [LoggerMessage(2007, LogLevel.Error, "A drive hangs, and closing the store was given up after {seconds} s. Nothing acknowledged is lost: the next start replays, as after a crash")]
    public static partial void CloseHangs(ILogger logger, double seconds);

    [LoggerMessage(2100, LogLevel.Warning, "Metadata: {state}, epoch {epoch}, {mirrors} of {wanted} mirrors. {reason}")]
    public static partial void MetadataHealth(ILogger logger, string state, ulong epoch, int mirrors, int wanted, string reason);

    [LoggerMessage(2200, LogLevel.Error, "Background work ({name}) failed and will be tried again")]
    public static partial void BackgroundFailed(ILogger logger, Exception exception, string name);

    [LoggerMessage(2205, LogLevel.Warning, "Lifecycle could not do what is due and will try again: {what}")]
    public static partial void LifecycleFailed(ILogger logger, Exception? exception, string what);

    [LoggerMessage(2206, LogLevel.Warning, "The tier {tier} is away: what waits for it will be tried again. {reason}")]
    public static partial void TierAway(ILogger logger, string tier, string reason);

    [LoggerMessage(2207, LogLevel.Warning, "Work on the tier {tier} failed and will be tried again")]
    public static partial void TierFailed(ILogger logger, Exception exception, string tier);

    [LoggerMessage(2201, LogLevel.Information, "Freed {shards} orphaned shards of {bytes} bytes; {examined} shards were looked at")]
    public static partial void OrphansFreed(ILogger logger, long shards, long bytes, long examined);

    [LoggerMessage(2202, LogLevel.Warning, "{shards} shards have a content whose rows do not explain them; they are left alone")]
    public static partial void ShardsUnexplained(ILogger logger, long shards);

    [LoggerMessage(2006, LogLevel.Error, "Drive {drive} of the store is away; it was last at {path}")]
    public static partial void DriveAbsent(ILogger logger, DriveId drive, string path);

    [LoggerMessage(2203, LogLevel.Error, "Drive {drive}, last at {path}, has been away since {since} and counts as lost: what it held lacks redundancy until it is back")]
    public static partial void DriveLost(ILogger logger, DriveId drive, string path, DateTimeOffset since);

    [LoggerMessage(2204, LogLevel.Information, "Drive {drive} at {path} is back and no longer counts as lost")]
    public static partial void DriveNotLost(ILogger logger, DriveId drive, string path);

    [LoggerMessage(2500, LogLevel.Error, "The key manager at {address} cannot be used. Nothing can be encrypted, and what is encrypted only be read where its key is still open here: {reason}")]
    public static partial void KeyManagerDown(ILogger logger, Uri address, string reason);

    [LoggerMessage(2501, LogLevel.Information, "The key manager at {address} answers again")]
    public static partial void KeyManagerUp(ILogger logger, Uri address);

    [LoggerMessage(2600, LogLevel.Error, "The records of requests in {path} can no longer be written there, and go elsewhere: {reason}")]
    public static partial void LogSpoolAbandoned(ILogger logger, string path, string reason);

    [LoggerMessage(2601, LogLevel.Warning, "Records of requests on the drive at {path} cannot be read or removed now, and wait: {reason}")]
    public static partial void LogSpoolUnreadable(ILogger logger, string path, string reason);

    [LoggerMessage(2602, LogLevel.Error, "Records of requests are lost: {path} is damaged at {offset}, over {bytes} bytes")]
    public static partial void LogSpoolDamaged(ILogger logger, string path, long offset, long bytes);

    [LoggerMessage(2603, LogLevel.Error, "The metadata do not take records of requests: {reason}")]
    public static partial void LogQueueFails(ILogger logger, string reason);
}
