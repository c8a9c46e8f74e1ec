using Microsoft.Extensions.Logging;
using ObjectStore.Rocks;
using ObjectStore.Storage;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

/// <summary>Opens the mirror that a drive holds, and tells whether it has every record that it should.</summary>
internal sealed class MirrorOpener(EmbeddedOptions options, Cache cache, ILogger logger)
{
    /// <param name="Mirror">Open; to be disposed if it is not used.</param>
    /// <param name="Damage">What is missing from it, in words; null if it is complete up to its last record.</param>
    /// <param name="HighestLsn">The highest LSN that its journal was seen to have.</param>
    public sealed record Opened(Mirror Mirror, string? Damage, long HighestLsn);

    /// <summary>Replays the journal into the database. Blocks.</summary>
    /// <param name="drive">A member's drive.</param>
    /// <param name="isFirst">Whether it is the one that will probably serve reads, and gets the larger buffers.</param>
    public Opened Open(IMirrorDrive drive, bool isFirst)
    {
        MirrorFiles.EnsureJournalDirectory(drive);
        foreach (var leftover in (string[])[MirrorFiles.OutgoingCopy(drive), MirrorFiles.IncomingCopy(drive)]) MirrorFiles.DeleteTree(leftover);
        try
        {
            return Replay(drive, isFirst);
        }
        catch (RocksDbException exception)
        {
            // The database is a cache: the journal, or another mirror, gives it back.
            EmbeddedEvents.MirrorUnusable(logger, drive.Id, $"its database is rebuilt: {exception.Message}");
            MirrorFiles.DeleteTree(MirrorFiles.Database(drive));
            return Replay(drive, isFirst);
        }
    }

    /// <summary>Opens a database that was copied from another mirror, with a journal that begins behind it.</summary>
    /// <returns>The mirror, and the place in the other mirror's journal up to which the copy has everything.</returns>
    public (Mirror Mirror, LogMark CopiedTo) OpenCopy(IMirrorDrive drive)
    {
        var database = OpenDatabase(drive, isFirst: false);
        try
        {
            var copiedTo = database.Applied;
            var mark = new LogMark(default, copiedTo.Lsn);
            database.SetApplied(mark);
            database.Flush();
            var journal = DurableLog.Open(drive.FileSystem, MirrorFiles.Journal(drive), drive.Id.Value, JournalOptions(mark), mark, new JournalReplay(database, options.FlushIntervalBytes));
            return (new Mirror(drive, database, journal, options, logger), copiedTo);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private Opened Replay(IMirrorDrive drive, bool isFirst)
    {
        var hadJournal = MirrorFiles.HasJournal(drive);
        var database = OpenDatabase(drive, isFirst);
        try
        {
            var applied = database.Applied;
            var replay = new JournalReplay(database, options.FlushIntervalBytes);
            var journal = DurableLog.Open(drive.FileSystem, MirrorFiles.Journal(drive), drive.Id.Value, JournalOptions(applied), applied, replay);
            var mirror = new Mirror(drive, database, journal, options, logger);
            var lost = !hadJournal && applied.Next != default ? "Its journal is gone." : null;
            var uneven = database.Applied.Lsn != mirror.DurableLsn ? $"Its database is at LSN {database.Applied.Lsn}, its journal at {mirror.DurableLsn}." : null;
            return new Opened(mirror, replay.Damage ?? lost ?? uneven, Math.Max(replay.HighestLsn, Math.Max(applied.Lsn, mirror.DurableLsn)));
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private MetaDatabase OpenDatabase(IMirrorDrive drive, bool isFirst)
    {
        var database = MetaDatabase.Open(MirrorFiles.Database(drive), cache, isFirst ? options.PrimaryWriteBufferBytes : options.MirrorWriteBufferBytes);
        // Journal files go once the database has their rows, so the database's own name must be durable before.
        MirrorFiles.SyncDirectory(drive.Directory);
        return database;
    }

    private LogOptions JournalOptions(LogMark applied) => options.Journal with { FirstLsn = applied.Lsn + 1, MayDeleteAnyFile = false, Observer = null };
}
