using Microsoft.Extensions.Logging;
using ObjectStore.Metadata.Kv;
using ObjectStore.Storage;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Brings the mirrors of a store up: finds the newest epoch, lets the member with the most records win, levels the
/// others, and fences who cannot be levelled, before anyone reads.
/// </summary>
internal sealed class StoreOpener(IReadOnlyList<IMirrorDrive> drives, MembershipKeeper keeper, MirrorOpener opener, ILogger logger)
{
    /// <summary>The members, level with one another; the first has applied everything.</summary>
    /// <exception cref="KvException">The store cannot be opened, and why.</exception>
    public async Task<IReadOnlyList<Mirror>> OpenAsync(CancellationToken ct)
    {
        var records = await keeper.ReadAsync();
        if (keeper.Choose(records) is null) await CreateAsync(records);
        await keeper.ReserveAsync();

        var opened = await OpenMembersAsync(keeper.Current);
        try
        {
            var winner = ChooseWinner(opened);
            var level = await LevelAsync(winner, opened, ct);
            await FenceAbsentAsync(level);
            foreach (var other in opened.Where(o => !level.Contains(o.Mirror))) await other.Mirror.DisposeAsync();
            return level;
        }
        catch
        {
            foreach (var each in opened) await each.Mirror.DisposeAsync();
            throw;
        }
    }

    private async Task CreateAsync(Dictionary<DriveId, Membership?> records)
    {
        if (records.Count < keeper.TotalDrives)
        {
            throw new KvException(
                KvFault.Unavailable,
                $"No drive has a metadata membership, and only {records.Count} of {keeper.TotalDrives} drives could be read. " +
                "A new store is begun only when all its drives are there; an old one needs a drive that knows it.");
        }
        if (drives.FirstOrDefault(MirrorFiles.HasJournal) is { } used)
            throw new KvException(KvFault.Corrupt, $"No drive has a metadata membership, but drive {used.Id} at '{used.Directory}' has a journal. It was not touched.");
        await keeper.CreateAsync([.. drives.Take(keeper.WantedMirrors).Select(drive => drive.Id)]);
    }

    private async Task<List<MirrorOpener.Opened>> OpenMembersAsync(Membership membership)
    {
        var members = drives.Where(drive => drive.IsUsable && membership.Has(drive.Id)).OrderBy(drive => IndexOf(membership, drive.Id)).ToList();
        var opened = await Task.WhenAll(members.Select((drive, i) => Task.Run(() => TryOpen(drive, isFirst: i == 0))));
        return [.. opened.OfType<MirrorOpener.Opened>()];
    }

    private static int IndexOf(Membership membership, DriveId drive) => membership.Members.ToList().IndexOf(drive);

    private MirrorOpener.Opened? TryOpen(IMirrorDrive drive, bool isFirst)
    {
        try
        {
            return opener.Open(drive, isFirst);
        }
        catch (Exception exception)
        {
            EmbeddedEvents.MirrorUnusable(logger, drive.Id, exception.Message);
            return null;
        }
    }

    private MirrorOpener.Opened ChooseWinner(List<MirrorOpener.Opened> opened)
    {
        foreach (var damaged in opened.Where(o => o.Damage is not null)) EmbeddedEvents.MirrorUnusable(logger, damaged.Mirror.Id, damaged.Damage!);
        var winner = opened.Where(o => o.Damage is null).MaxBy(o => o.Mirror.DurableLsn);
        if (winner is null)
        {
            var reasons = opened.Select(o => $"drive {o.Mirror.Id}: {o.Damage}");
            throw new KvException(KvFault.Corrupt, $"No member of metadata epoch {keeper.Current.Epoch} is whole. Members: {string.Join(", ", keeper.Current.Members)}. {string.Join(" ", reasons)}");
        }
        // One group is under way at a time, so every member has all but the last record that any of them has.
        var highest = opened.Max(o => o.HighestLsn);
        if (winner.Mirror.DurableLsn < highest - 1)
            throw new KvException(KvFault.Corrupt, $"The metadata had reached LSN {highest}, but the best whole member, drive {winner.Mirror.Id}, ends at {winner.Mirror.DurableLsn}.");
        if (keeper.Current.Epoch > 1 && winner.Mirror.DurableLsn == 0)
            throw new KvException(KvFault.Corrupt, $"The metadata has come to epoch {keeper.Current.Epoch}, but the journals of all members that are here are empty: {string.Join(", ", opened.Select(o => o.Mirror.Id))}.");
        return winner;
    }

    // The winner's tail may not have been acknowledged; it rolls forward.
    private async Task<IReadOnlyList<Mirror>> LevelAsync(MirrorOpener.Opened winner, List<MirrorOpener.Opened> opened, CancellationToken ct)
    {
        var level = new List<Mirror> { winner.Mirror };
        foreach (var other in opened.Where(o => o != winner && o.Damage is null).Select(o => o.Mirror))
        {
            if (await TryLevelAsync(winner.Mirror, other, ct)) level.Add(other);
        }
        return level;
    }

    private async Task<bool> TryLevelAsync(Mirror winner, Mirror other, CancellationToken ct)
    {
        if (other.DurableLsn == winner.DurableLsn) return true;
        try
        {
            await Task.Run(() => new JournalCopier(other).CopyAsync(winner, LogMark.Start, ct), ct);
            return other.DurableLsn == winner.DurableLsn;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            EmbeddedEvents.MirrorUnusable(logger, other.Id, $"it could not be levelled: {exception.Message}");
            return false;
        }
    }

    private async Task FenceAbsentAsync(IReadOnlyList<Mirror> level)
    {
        if (level.Count == keeper.Current.Members.Count) return;
        await keeper.ChangeAsync([.. level.Select(m => m.Id)]);
        EmbeddedEvents.EpochChanged(logger, keeper.Current.Epoch, level.Count);
    }
}
