using Microsoft.Extensions.Logging;
using ObjectStore.Metadata.Kv;
using ObjectStore.Storage;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Reads and writes the membership records. A record counts when its members and at least n - m drives have it, and the
/// newest is proven when all its members, or the records of more than m drives, were read: any two such sets have a drive in common.
/// </summary>
internal sealed class MembershipKeeper(IReadOnlyList<IMirrorDrive> drives, EmbeddedOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Epochs that a run reserves at once.</summary>
    private const ulong ReservedEpochs = 1024;

    private ulong _nextEpoch;
    private Membership? _current;

    public Membership Current => _current ?? throw new InvalidOperationException("No membership has been read yet.");

    public int TotalDrives => Math.Max(options.TotalDrives, drives.Count);

    /// <summary>Whether so many drives serve that a change can reach n - m of them.</summary>
    public bool CanChange => drives.Count(drive => drive.IsUsable) >= RequiredDrives;

    public int WantedMirrors => Math.Min(options.Parity + 1, TotalDrives);

    /// <summary>What the drives say: null where there is no record; drives that cannot be read are left out.</summary>
    public async Task<Dictionary<DriveId, Membership?>> ReadAsync()
    {
        var read = await Task.WhenAll(drives.Where(drive => drive.IsUsable).Select(drive => Task.Run(() => TryRead(drive))));
        return read.Where(r => r.Readable).ToDictionary(r => r.Id, r => r.Record);
    }

    /// <summary>The newest of the records, null if there is none.</summary>
    /// <exception cref="KvException">It is not proven to be the newest.</exception>
    public Membership? Choose(Dictionary<DriveId, Membership?> records)
    {
        var found = records.Values.OfType<Membership>().ToList();
        if (found.Count == 0) return null;
        var newest = found.MaxBy(record => record.Epoch)!;
        if (found.Exists(record => record.Epoch == newest.Epoch && !record.Members.SequenceEqual(newest.Members)))
            throw new KvException(KvFault.Corrupt, $"Two drives name different members for metadata epoch {newest.Epoch}.");
        _nextEpoch = Math.Max(newest.Epoch, found.Max(record => record.Reserved)) + 1;

        // A blank drive, put in the place of a lost one, says nothing about what the lost one knew.
        var missing = newest.Members.Where(id => !records.TryGetValue(id, out var own) || own?.Epoch != newest.Epoch).ToList();
        if (missing.Count > 0 && found.Count <= options.Parity && !options.AllowUnprovenMembership) throw Unproven(newest, missing, found.Count);
        _current = newest;
        return newest;
    }

    /// <summary>Begins a store: its first epoch.</summary>
    public async Task CreateAsync(IReadOnlyList<DriveId> members)
    {
        _nextEpoch = 1;
        _current = new Membership(0, 0, []);
        await ChangeAsync(members);
    }

    /// <summary>
    /// Makes sure that no later run can use an epoch that this one uses, even if this one's records reach few drives.
    /// </summary>
    /// <exception cref="KvException">Fewer than n - m drives took the record.</exception>
    public async Task ReserveAsync()
    {
        var reserved = Current with { Reserved = _nextEpoch + ReservedEpochs };
        if (await WriteAsync(reserved, drives.Where(drive => drive.IsUsable)) is var written && written.Count < RequiredDrives) throw TooFewDrives(written.Count);
        _current = reserved;
    }

    /// <summary>Moves to the next epoch: the new members have it first, then at least n - m drives.</summary>
    /// <exception cref="MembershipException">Members did not take the record: go on without them.</exception>
    /// <exception cref="KvException">Fewer than n - m drives took the record.</exception>
    public async Task ChangeAsync(IReadOnlyList<DriveId> members)
    {
        if (_nextEpoch > Current.Reserved) await ExtendReservationAsync();
        var next = new Membership(_nextEpoch++, Current.Reserved, members);
        var first = await WriteAsync(next, drives.Where(drive => next.Has(drive.Id)));
        if (first.Count < members.Count) throw new MembershipException([.. members.Except(first)]);
        var others = await WriteAsync(next, drives.Where(drive => drive.IsUsable && !next.Has(drive.Id)));
        if (first.Count + others.Count < RequiredDrives) throw TooFewDrives(first.Count + others.Count);
        _current = next;
    }

    // With the operator's word that the others are lost for good, there is nobody left to be told.
    private int RequiredDrives => options.AllowUnprovenMembership ? 1 : Math.Max(1, TotalDrives - options.Parity);

    private async Task ExtendReservationAsync()
    {
        if (Current.Epoch > 0) await ReserveAsync();
        else _current = Current with { Reserved = _nextEpoch + ReservedEpochs };
    }

    private async Task<List<DriveId>> WriteAsync(Membership membership, IEnumerable<IMirrorDrive> targets)
    {
        var record = membership.Encode();
        var written = await Task.WhenAll(targets.Select(async drive => (drive.Id, Ok: await TryWriteAsync(drive, record))));
        return [.. written.Where(w => w.Ok).Select(w => w.Id)];
    }

    private async Task<bool> TryWriteAsync(IMirrorDrive drive, byte[] record)
    {
        try
        {
            // On another thread: a drive that hangs must not hold the committer.
            await Task.Run(() => drive.WriteMembershipAsync(record, CancellationToken.None)).WaitAsync(options.MembershipDeadline, time);
            return true;
        }
        catch (Exception exception)
        {
            EmbeddedEvents.MembershipFailed(logger, drive.Id, exception.Message);
            return false;
        }
    }

    private (DriveId Id, bool Readable, Membership? Record) TryRead(IMirrorDrive drive)
    {
        try
        {
            return (drive.Id, true, drive.ReadMembership() is { } record ? Membership.Decode(record) : null);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            EmbeddedEvents.MembershipFailed(logger, drive.Id, exception.Message);
            return (drive.Id, false, null);
        }
    }

    private KvException Unproven(Membership newest, List<DriveId> missing, int read) => new(
        KvFault.Unavailable,
        $"The newest metadata membership that can be read is epoch {newest.Epoch}, but only {read} of {TotalDrives} drives have a record that could be read, " +
        $"so there may be a newer one. Bring back drive {string.Join(", ", missing)}, or {options.Parity + 1 - read} more drives of this store. " +
        "If they are lost for good, open with AllowUnprovenMembership (--allow-unproven-metadata): what only they know is lost.");

    private KvException TooFewDrives(int written) => new(
        KvFault.Unavailable, $"Only {written} of {TotalDrives} drives took the metadata membership; {RequiredDrives} are needed. Bring back more drives, or open with AllowUnprovenMembership (--allow-unproven-metadata) if they are lost for good.");
}

/// <summary>Drives that were to be members did not take the record.</summary>
internal sealed class MembershipException(IReadOnlyList<DriveId> drives) : Exception($"Drive {string.Join(", ", drives)} did not take the metadata membership.")
{
    public IReadOnlyList<DriveId> Drives { get; } = drives;
}
