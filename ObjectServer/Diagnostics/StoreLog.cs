using ObjectStore.Storage;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Log messages of the store; an event's id never changes its meaning. 2000: drives, 2100: metadata, 2200: background work.</summary>
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

    [LoggerMessage(2100, LogLevel.Warning, "Metadata: {state}, epoch {epoch}, {mirrors} of {wanted} mirrors. {reason}")]
    public static partial void MetadataHealth(ILogger logger, string state, ulong epoch, int mirrors, int wanted, string reason);

    [LoggerMessage(2200, LogLevel.Error, "Background work ({name}) failed and will be tried again")]
    public static partial void BackgroundFailed(ILogger logger, Exception exception, string name);
}
