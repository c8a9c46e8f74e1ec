using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

internal enum ShardOutcome { Pending, Ok, Absent, Corrupt, Unreachable, Cancelled }

/// <summary>One read of some blocks of one shard, from its issue until it ends, if it ever does.</summary>
internal sealed class ShardRun
{
    private readonly BlobStoreContext _context;
    private readonly SharedBuffer _buffer;
    private readonly long _startedAt;
    private volatile ShardOutcome _outcome;

    private ShardRun(BlobStoreContext context, ShardSource source, int firstBlock, int count, SharedBuffer buffer, Memory<byte> memory)
    {
        _context = context;
        _buffer = buffer;
        _startedAt = context.Time.GetTimestamp();
        (Source, FirstBlock, Count, Memory) = (source, firstBlock, count, memory);
    }

    public ShardSource Source { get; }

    public int FirstBlock { get; }

    public int Count { get; }

    /// <summary>Where the blocks land, one behind the other.</summary>
    public Memory<byte> Memory { get; }

    /// <summary>Ends with the read; never fails.</summary>
    public Task Task { get; private set; } = Task.CompletedTask;

    public ShardOutcome Outcome => _outcome;

    /// <summary>What the drive threw, if it did.</summary>
    public Exception? Fault { get; private set; }

    public bool IsPending => _outcome == ShardOutcome.Pending;

    public bool IsOk => _outcome == ShardOutcome.Ok;

    /// <summary>A read of the others' shards was allowed to race it.</summary>
    public bool IsRaced { get; set; }

    /// <summary>Has exceeded the read deadline.</summary>
    public bool IsLate { get; private set; }

    public TimeSpan Elapsed => _context.Time.GetElapsedTime(_startedAt);

    /// <summary>After this long it may be raced.</summary>
    public TimeSpan HedgeDelay
    {
        get
        {
            var p95 = Source.Slot!.ReadLatency.Value;
            return p95 > _context.Options.HedgeFloor ? p95 : _context.Options.HedgeFloor;
        }
    }

    /// <summary>Reads into <paramref name="memory"/>, a part of <paramref name="buffer"/>, which it keeps until it ends.</summary>
    public static ShardRun Start(
        BlobStoreContext context, ShardSource source, int firstBlock, int count, SharedBuffer buffer, Memory<byte> memory, CancellationToken ct)
    {
        var run = new ShardRun(context, source, firstBlock, count, buffer, memory);
        buffer.Retain();
        source.Retain();
        context.Hedges.Earn(1);
        run.Task = run.RunAsync(ct);
        return run;
    }

    /// <summary>Waits until the read ends or <paramref name="until"/> has passed since its start.</summary>
    public ValueTask WaitAsync(TimeSpan until, CancellationToken ct) =>
        Task.IsCompleted ? ValueTask.CompletedTask : _context.WaitAsync(Task, until - Elapsed, ct);

    /// <summary>The drive counts as hanging from here until the read ends.</summary>
    public void DeclareLate()
    {
        IsLate = true;
        Source.Avoid();
        _context.GiveUpOn(Task, Source.Slot!, Memory.Length);
    }

    private async Task RunAsync(CancellationToken ct)
    {
        var outcome = ShardOutcome.Unreachable;
        try
        {
            outcome = await Source.ReadAsync(FirstBlock, BlockBuffers.Contiguous(Memory, Count), ct);
            if (outcome == ShardOutcome.Ok)
                Source.Slot!.ReadLatency.Record(Elapsed);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            outcome = ShardOutcome.Cancelled;
        }
        catch (Exception fault)
        {
            Fault = fault;
        }
        finally
        {
            _outcome = outcome;
            _buffer.Release();
            Source.Release();
        }
    }
}
