namespace ObjectStore.Server.Objects.Digests;

/// <summary>One thread's worth of streams. It runs as long as there is work, and then lies idle for the next time.</summary>
internal sealed class Md5Worker(Md5Service service) : IThreadPoolWorkItem
{
    // After 16 KiB of each stream it looks who else has come: some microseconds in lanes, some twenty alone.
    private const int MaxBlocksARun = 256;

    private readonly Md5Stream[] _streams = new Md5Stream[service.Lanes];
    private int _active;

    public void Execute()
    {
        while (TakeUp())
        {
            var streams = _streams.AsSpan(0, _active);
            if (streams.Length >= Md5Service.MinStreamsForLanes)
                RunInLanes(streams);
            else
                RunAlone(streams);
            CompleteFinished();
        }
    }

    /// <summary>False when nothing is left to do and the worker has ended.</summary>
    private bool TakeUp()
    {
        var before = _active;
        var taken = service.Take(this, _streams, before);
        // A worker that has ended may be running again already, on another thread: nothing of it may be touched.
        if (taken == 0)
            return false;
        _active = taken;
        for (var i = before; i < _active; i++)
        {
            try
            {
                _streams[i].Pin();
            }
            catch (Exception e)
            {
                // The memory's owner refuses (it was disposed): that is this stream's fault and no other's.
                Remove(i--, e);
            }
        }

        return true;
    }

    private void RunInLanes(ReadOnlySpan<Md5Stream> streams)
    {
        Span<Md5State> states = stackalloc Md5State[streams.Length];
        Span<nint> positions = stackalloc nint[streams.Length];
        for (var i = 0; i < streams.Length; i++)
        {
            states[i] = streams[i].State;
            positions[i] = streams[i].Position;
        }

        var blocks = ShortestRun(streams);
        Md5Lanes.Run(states, positions, _streams.Length, blocks);
        for (var i = 0; i < streams.Length; i++)
        {
            streams[i].State = states[i];
            streams[i].Advance(blocks);
        }
    }

    private static unsafe void RunAlone(ReadOnlySpan<Md5Stream> streams)
    {
        foreach (var stream in streams)
        {
            var blocks = Math.Min(stream.RemainingBlocks, MaxBlocksARun);
            stream.State.Compress((byte*)stream.Position, blocks);
            stream.Advance(blocks);
        }
    }

    private static int ShortestRun(ReadOnlySpan<Md5Stream> streams)
    {
        var shortest = MaxBlocksARun;
        foreach (var stream in streams)
            shortest = Math.Min(shortest, stream.RemainingBlocks);
        return shortest;
    }

    private void CompleteFinished()
    {
        for (var i = _active - 1; i >= 0; i--)
        {
            if (_streams[i].RemainingBlocks == 0)
                Remove(i, fault: null);
        }
    }

    private void Remove(int index, Exception? fault)
    {
        var stream = _streams[index];
        _streams[index] = _streams[--_active];
        _streams[_active] = null!;
        service.Release(1);
        stream.Complete(fault);
    }
}
