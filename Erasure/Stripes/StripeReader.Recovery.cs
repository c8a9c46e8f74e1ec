using ObjectStore.Erasure.Codec;

namespace ObjectStore.Erasure.Stripes;

internal sealed partial class StripeReader
{
    /// <summary>
    /// Goes round until everything wanted is there: note what has ended, give up on what is late, read further shards
    /// where a rebuild needs them, rebuild when k are whole, else wait for the next thing to happen.
    /// </summary>
    private async ValueTask RecoverAsync(ReadGroup group, CancellationToken ct)
    {
        while (true)
        {
            // What ends after this line is noticed by the wait below.
            var ended = group.CountEnded();
            NoteFailures(group);
            var unresolved = Unresolved(group);
            if (unresolved.IsEmpty)
                return;
            NoteOverdue(group, unresolved);

            var rebuild = NeedsRebuild(group, unresolved);
            if (!rebuild.IsEmpty)
            {
                group.Room ??= await RecoveryRoom.RentAsync(_context, _sources.Length, group.PieceBytes, ct);
                StartExtraReads(group, ct);
                if (TryRebuild(group, rebuild))
                    continue;
                RequireEnough(group);
            }

            await WaitForEventAsync(group, ended, ct);
            ct.ThrowIfCancellationRequested();
        }
    }

    private void NoteFailures(ReadGroup group)
    {
        foreach (var run in group.Runs())
        {
            if (run.Source.IsFailed)
                continue;
            if (run.Outcome is ShardOutcome.Absent)
                run.Source.Fail(ShardDefect.Absent);
            else if (run.Outcome is ShardOutcome.Corrupt)
                run.Source.Fail(ShardDefect.Corrupt);
            else if (run.Outcome is ShardOutcome.Unreachable)
                run.Source.Fail(ShardDefect.Unreachable);
        }
    }

    /// <summary>Gives up on reads past the deadline, and lets those that are slower than usual be raced.</summary>
    private void NoteOverdue(ReadGroup group, ShardSet unresolved)
    {
        var overdue = 0;
        foreach (var run in group.Runs())
        {
            if (!run.IsPending || run.IsLate)
                continue;
            if (run.Elapsed >= _context.Options.ReadDeadline)
                run.DeclareLate();
            else if (!run.IsRaced && run.Elapsed >= run.HedgeDelay && group.WantedRun(run.Source.Shard) == run)
                overdue++;
        }

        // When most of the drives are slow, racing them only makes them slower.
        var mayRace = Math.Max(1, Math.Min(_blob.Scheme.ParityShards, group.Wanted.Count / 2));
        if (overdue == 0 || overdue > mayRace || !_context.Hedges.TryTake(overdue))
            return;
        foreach (var shard in unresolved)
        {
            if (group.WantedRun(shard) is not { IsPending: true, IsLate: false } run || run.Elapsed < run.HedgeDelay)
                continue;
            run.IsRaced = true;
            run.Source.Avoid();
        }
    }

    /// <summary>Reads as many more shards as are lacking to k, the likely fast ones first.</summary>
    private void StartExtraReads(ReadGroup group, CancellationToken ct)
    {
        // Counted anew each time: a read may fail before this comes back from starting it.
        while (CountWhole(group) < _blob.Scheme.DataShards && NextCandidate(group) is { } source)
        {
            group.SetExtraRun(ShardRun.Start(
                _context, source, group.FirstStripe, group.StripeCount, group.Room!.Buffer, group.RoomOf(source.Shard), ct));
        }
    }

    /// <summary>Shards whose whole piece is there or soon will be.</summary>
    private int CountWhole(ReadGroup group)
    {
        var count = 0;
        for (var shard = 0; shard < _sources.Length; shard++)
            if (group.IsWhole(shard) || group.IsWholeOnItsWay(shard))
                count++;
        return count;
    }

    private ShardSource? NextCandidate(ReadGroup group)
    {
        ShardSource? best = null;
        foreach (var source in _sources)
        {
            source.Assess();
            // A pending read of the piece would be doubled, and one that only covers a part gives nothing to rebuild from.
            if (source.IsFailed || group.IsWhole(source.Shard) || group.ExtraRun(source.Shard) is not null ||
                (group.WantedRun(source.Shard) is { IsPending: true } run && (run.IsRaced || run.IsLate || group.IsWholeOnItsWay(source.Shard))))
                continue;
            if (best is null || Rank(source).CompareTo(Rank(best)) < 0)
                best = source;
        }

        return best;

        static (bool, TimeSpan, int) Rank(ShardSource source) =>
            (source.IsAvoided, source.Slot!.ReadLatency.Value, source.Shard);
    }

    /// <summary>Computes the given shards if k others are whole.</summary>
    private bool TryRebuild(ReadGroup group, ShardSet rebuild)
    {
        var present = ShardSet.Empty;
        for (var shard = 0; shard < _sources.Length; shard++)
        {
            if (group.IsWhole(shard))
            {
                present = present.With(shard);
                // A raced read may have ended since the need was counted: there is nothing to compute then.
                rebuild = rebuild.Without(shard);
            }
            // A read of it that still runs would write over what is computed.
            else if (group.ExtraRun(shard) is { IsPending: true })
                rebuild = rebuild.Without(shard);
        }

        if (present.Count < _blob.Scheme.DataShards || rebuild.IsEmpty)
            return false;

        var pieces = new Memory<byte>[_sources.Length];
        foreach (var shard in present)
            pieces[shard] = group.Piece(shard);
        foreach (var shard in rebuild)
            pieces[shard] = group.RoomOf(shard);
        _context.Codecs.For(_blob.Scheme).Reconstruct(pieces, group.PieceBytes, present, rebuild);
        group.Rebuilt |= rebuild;

        foreach (var shard in rebuild)
            if (group.WantedRun(shard) is { IsLate: true })
                _sources[shard].Report(ShardDefect.Unreachable);
        return true;
    }

    /// <summary>Throws when k shards can no longer come together, or have not for too long.</summary>
    private void RequireEnough(ReadGroup group)
    {
        var possible = 0;
        // In this order: a read that ends in between would count as neither the other way round.
        for (var shard = 0; shard < _sources.Length; shard++)
            if (group.IsPending(shard) || group.IsWhole(shard))
                possible++;
        if (possible < _blob.Scheme.DataShards)
            throw Unreadable(group, $"{possible} shards of {_blob.Scheme} can be read");
        if (_context.Time.GetElapsedTime(group.IssuedAt) >= _context.Options.ReadTimeout)
            throw Unreadable(group, $"the drives have not answered for {_context.Options.ReadTimeout.TotalSeconds:0} s");
    }

    private BlobStoreException Unreadable(ReadGroup group, string why)
    {
        var fault = group.Runs().FirstOrDefault(run => run.Fault is not null)?.Fault;
        return new(BlobStoreFault.Unreadable, $"Blob {_blob.Id} cannot be read now: {why}. {fault?.Message}".TrimEnd(), fault);
    }

    /// <summary>Waits until a read ends or the next of its limits is reached; not at all if one more than <paramref name="ended"/> has ended.</summary>
    private async ValueTask WaitForEventAsync(ReadGroup group, int ended, CancellationToken ct)
    {
        var rest = _context.Options.ReadTimeout - _context.Time.GetElapsedTime(group.IssuedAt);
        var pending = new List<Task>();
        foreach (var run in group.Runs())
        {
            if (!run.IsPending)
                continue;
            pending.Add(run.Task);
            var limit = run.Elapsed < run.HedgeDelay ? run.HedgeDelay : _context.Options.ReadDeadline;
            if (!run.IsLate && limit - run.Elapsed < rest)
                rest = limit - run.Elapsed;
        }

        if (pending.Count > 0 && group.CountEnded() == ended)
            await _context.WaitAsync(Task.WhenAny(pending), rest, ct);
    }
}
