using Microsoft.Extensions.Logging;
using ObjectStore.Storage;

namespace ObjectStore.Metadata.Embedded;

internal static partial class EmbeddedEvents
{
    [LoggerMessage(3001, LogLevel.Information, "Metadata opened: epoch {Epoch}, {Mirrors} mirrors, LSN {Lsn}, session {Session}.")]
    public static partial void Opened(ILogger logger, ulong epoch, int mirrors, long lsn, uint session);

    [LoggerMessage(3002, LogLevel.Error, "The metadata mirror on drive {Drive} is fenced: {Reason}")]
    public static partial void Fenced(ILogger logger, DriveId drive, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "Metadata moved to epoch {Epoch} with {Mirrors} mirrors.")]
    public static partial void EpochChanged(ILogger logger, ulong epoch, int mirrors);

    [LoggerMessage(3004, LogLevel.Critical, "The metadata store has latched and takes no more commits: {Reason}")]
    public static partial void Latched(ILogger logger, string reason);

    [LoggerMessage(3005, LogLevel.Warning, "A metadata mirror is rebuilt on drive {Drive}.")]
    public static partial void Rebuilding(ILogger logger, DriveId drive);

    [LoggerMessage(3006, LogLevel.Information, "The metadata mirror on drive {Drive} has joined at LSN {Lsn}.")]
    public static partial void Joined(ILogger logger, DriveId drive, long lsn);

    [LoggerMessage(3007, LogLevel.Error, "Rebuilding the metadata mirror on drive {Drive} failed.")]
    public static partial void RebuildFailed(ILogger logger, DriveId drive, Exception exception);

    [LoggerMessage(3008, LogLevel.Error, "The metadata mirror on drive {Drive} is not used: {Reason}")]
    public static partial void MirrorUnusable(ILogger logger, DriveId drive, string reason);

    [LoggerMessage(3009, LogLevel.Warning, "The membership record of drive {Drive} could not be read or written: {Reason}")]
    public static partial void MembershipFailed(ILogger logger, DriveId drive, string reason);

    [LoggerMessage(3010, LogLevel.Warning, "Closing the metadata mirror on drive {Drive} failed.")]
    public static partial void CloseFailed(ILogger logger, DriveId drive, Exception exception);

    [LoggerMessage(3011, LogLevel.Warning, "Flushing the metadata mirror on drive {Drive} failed.")]
    public static partial void FlushFailed(ILogger logger, DriveId drive, Exception exception);

    [LoggerMessage(3012, LogLevel.Warning, "A fenced metadata mirror did not close in time.")]
    public static partial void FencedStillOpen(ILogger logger, Exception exception);
}
