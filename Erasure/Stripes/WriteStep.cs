namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// Waits until the drives have done one step of a write, and leaves out those that are too late.
/// <code>
/// all ended                                          done
/// quorum done at q; now &gt; max(deadline, 2 q)         the others are left out
/// quorum no longer possible, or now &gt; timeout        the others are left out, and the write fails
/// </code>
/// </summary>
internal sealed class WriteStep(BlobStoreContext context, WriteLane[] lanes, int quorum)
{
    private long _issuedAt;

    public void Issued() => _issuedAt = context.Time.GetTimestamp();

    /// <param name="pinnedBytes">Buffer that a lane which is left out goes on holding.</param>
    /// <exception cref="BlobStoreException">Fewer lanes than the quorum are left.</exception>
    public async ValueTask WaitAsync(int pinnedBytes, CancellationToken ct)
    {
        foreach (var lane in lanes)
            await WaitForAsync(lane, context.Options.WriteDeadline, ct);

        // The limit depends on who has ended, so the list of those who have not is made first: who ends in between wakes the wait.
        while (Pending() is { Length: > 0 } pending && Limit() is var limit && Elapsed < limit)
            await WaitForAnyAsync(pending, limit, ct);

        foreach (var lane in lanes)
        {
            if (lane.Operation.IsCompleted || lane.IsLeftOut)
                continue;
            lane.LeaveOut();
            context.GiveUpOn(lane.Operation, lane.Slot, pinnedBytes);
        }

        RequireQuorum();
    }

    public void RequireQuorum()
    {
        var alive = lanes.Count(lane => lane.IsAlive);
        if (alive >= quorum)
            return;
        var first = lanes.FirstOrDefault(lane => lane.Fault is not null)?.Fault;
        var late = lanes.Count(lane => lane.IsLeftOut);
        throw new BlobStoreException(
            BlobStoreFault.TooFewDrives,
            $"{alive} of {lanes.Length} drives took their shard ({late} too late) and {quorum} are needed. {first?.Message}".TrimEnd(),
            first);
    }

    private TimeSpan Elapsed => context.Time.GetElapsedTime(_issuedAt);

    private Task[] Pending() =>
        [.. lanes.Where(lane => !lane.Operation.IsCompleted && !lane.IsLeftOut).Select(lane => lane.Operation)];

    private async ValueTask WaitForAsync(WriteLane lane, TimeSpan until, CancellationToken ct)
    {
        if (lane.Operation.IsCompleted || lane.IsLeftOut)
            return;
        await context.WaitAsync(lane.Operation, until - Elapsed, ct);
        ct.ThrowIfCancellationRequested();
    }

    private async ValueTask WaitForAnyAsync(Task[] pending, TimeSpan until, CancellationToken ct)
    {
        await context.WaitAsync(Task.WhenAny(pending), until - Elapsed, ct);
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Until when to wait for the lanes that have not ended, counted from the step's issue.</summary>
    private TimeSpan Limit()
    {
        // Each lane is looked at once: lanes end while this runs, and one that were neither pending nor ended here would make
        // a quorum that is about to be reached look impossible.
        var pending = 0;
        var ended = new List<long>(lanes.Length);
        foreach (var lane in lanes)
        {
            if (lane.IsLeftOut)
                continue;
            if (!lane.Operation.IsCompleted)
                pending++;
            else if (lane.IsAlive)
                ended.Add(lane.EndedAt);
        }

        if (ended.Count + pending < quorum)
            return TimeSpan.Zero;
        if (ended.Count < quorum)
            return context.Options.WriteTimeout;
        ended.Sort();
        // A lane that had nothing to do in this step ended before it was issued.
        var quorumAt = Math.Max(_issuedAt, quorum == 0 ? _issuedAt : ended[quorum - 1]);
        var twice = 2 * context.Time.GetElapsedTime(_issuedAt, quorumAt);
        return twice > context.Options.WriteDeadline ? twice : context.Options.WriteDeadline;
    }
}
