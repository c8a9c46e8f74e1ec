using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Storage.Buffers;

namespace ObjectStore.Erasure.Stripes;

/// <summary>What the writers and readers of one store share.</summary>
internal sealed class BlobStoreContext(
    DriveSet drives, IBufferPool pool, CodecProvider codecs, IShardFindings findings, BlobStoreOptions options, TimeProvider time)
{
    private long _quarantinedBytes;

    public DriveSet Drives => drives;
    public IBufferPool Pool => pool;
    public CodecProvider Codecs => codecs;
    public IShardFindings Findings => findings;
    public BlobStoreOptions Options => options;
    public TimeProvider Time => time;
    public HedgeBudget Hedges { get; } = new(options.HedgeBudget);
    public BackgroundWork Background { get; } = new();
    public RecoveryReserve Reserve { get; } = new(maxTaken: 4);

    public long QuarantinedBytes => Interlocked.Read(ref _quarantinedBytes);

    /// <summary>
    /// Waits until the task has ended or so much time has passed, at least: timers count whole milliseconds, and a wait of
    /// less would be none, so that who goes round until a deadline would spin. Neither a fault nor the end of time throws.
    /// </summary>
    public ValueTask WaitAsync(Task task, TimeSpan rest, CancellationToken ct) => rest <= TimeSpan.Zero
        ? ValueTask.CompletedTask
        : new(Suppress(task.WaitAsync(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)), time, ct)));

    private static async Task Suppress(Task wait) => await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>
    /// Gives up on an operation that may never end. Its drive counts as stuck, and the bytes of buffer that it pins as
    /// quarantined, until it does.
    /// </summary>
    /// <param name="operation">Must not fail.</param>
    public void GiveUpOn(Task operation, DriveSlot slot, long pinnedBytes)
    {
        if (operation.IsCompleted)
            return;
        slot.EnterStuck();
        Interlocked.Add(ref _quarantinedBytes, pinnedBytes);
        Background.Track(WaitForEndAsync());

        async Task WaitForEndAsync()
        {
            await operation;
            Interlocked.Add(ref _quarantinedBytes, -pinnedBytes);
            slot.LeaveStuck();
        }
    }
}
