using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;
using ObjectStore.Storage.Reclaim;

namespace ObjectStore.Storage.Drives;

/// <summary>One drive on a directory of a file system: a log, bulk segments, and an index that can be rebuilt from them.</summary>
public sealed partial class Drive : IDrive
{
    /// <summary>Most bytes that one read of a worker takes from the device.</summary>
    internal const int ReadChunkBytes = 16 * ShardLayout.BlockSizeBytes;

    /// <summary>
    /// Most memory for shards that are being written: about a thousand at once. A last resort; the layer above bounds
    /// its uploads well below.
    /// </summary>
    private const long WriteBufferBytes = 256L << 20;

    private readonly DriveOptions _options;
    private readonly TimeProvider _time;
    private readonly IFile _lock;
    private readonly BulkStore _bulk;
    private readonly DriveIndex _index;
    private readonly DurableLog _log;
    private readonly Reclaimer _reclaimer;
    private readonly DriveProbe _probe;
    private readonly ITimer? _reclaimTimer;
    private readonly DriveWorkers _readers;
    private readonly DriveWorkers _writers;
    private readonly DriveWorkers _maintenance;
    private readonly AlignedBufferPool _writeBuffers = new(WriteBufferBytes);
    private readonly AlignedBufferPool _readBuffers;
    private readonly LatencyWindow _latency = new();
    private int _turnRunning;
    private int _flushQueued;
    private int _closed;
    private readonly TaskCompletionSource _closeEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Drive(DriveOpening opening, DriveOptions options, TimeProvider time, DriveWorkers maintenance)
    {
        _options = options;
        _time = time;
        _maintenance = maintenance;
        Identity = opening.Identity;
        Location = opening.Directory;
        FileSystem = opening.FileSystem;
        Damages = opening.Damages;
        UnverifiedShards = opening.BadShards;
        _seen = opening.Seen;
        _lock = opening.Lock;
        _bulk = opening.Bulk;
        _index = opening.Index;
        _log = opening.Log;
        _readBuffers = new AlignedBufferPool((options.ReadThreads + 1L) * ReadChunkBytes);
        _readers = new DriveWorkers($"read-{ShortId}", options.ReadThreads, options.QueueLimit);
        _writers = new DriveWorkers($"write-{ShortId}", options.WriteThreads, options.QueueLimit);
        _reserveBytes = options.ReserveBytesFor(opening.Space.TotalBytes);
        RefreshSpace(opening.Space);

        _reclaimer = new Reclaimer(Identity.Drive, _index, _bulk, _log, options);
        if (!opening.WasClean || Damages.Count > 0) _reclaimer.SweepLater(opening.EarlierSegments, salvage: Damages.Count > 0);
        opening.Applier.FlushDue = QueueFlush;
        _probe = new DriveProbe(this, options, time);
        if (options.ReclaimInterval > TimeSpan.Zero)
            _reclaimTimer = time.CreateTimer(static drive => ((Drive)drive!).QueueTurn(), this, options.ReclaimInterval, options.ReclaimInterval);
    }

    public DriveId Id => Identity.Drive;

    public DriveIdentity Identity { get; }

    /// <summary>The drive's directory; the metadata keeps <c>journal/</c> and <c>meta/</c> below it on mirror drives.</summary>
    public string Location { get; }

    public IFileSystem FileSystem { get; }

    /// <summary>
    /// 95th percentile of recent reads that went to the drive's threads, their wait in the queue included; zero before
    /// there were enough. Reads answered from memory do not count: they would make every other one look late.
    /// </summary>
    public TimeSpan ReadLatencyP95 => _latency.P95;

    /// <summary>Damage that the open found in the log; the shards that it lost are repaired from other drives when they are missed.</summary>
    public IReadOnlyList<LogDamage> Damages { get; }

    /// <summary>
    /// Records of logged shards that the open could not verify: shards that were deleted and half freed when the power
    /// went, or bad sectors, which reads of these shards meet again and report.
    /// </summary>
    public int UnverifiedShards { get; }

    private string ShortId => Identity.Drive.Value.ToString("N")[..8];

    /// <summary>Opens a drive: recognises it, replays its log, begins to serve. Blocks on a thread of the drive only.</summary>
    /// <param name="expectedStore">Refuse a drive of another store; null takes any (a first look).</param>
    /// <exception cref="DriveException">Foreign: not this store's drive, missing, half formatted or damaged. Io: the device failed, or it is open elsewhere.</exception>
    public static async Task<Drive> OpenAsync(
        IFileSystem fileSystem, string directory, Guid? expectedStore, DriveOptions options, TimeProvider time, CancellationToken ct)
    {
        var maintenance = new DriveWorkers("drive-" + Path.GetFileName(directory), 1, options.QueueLimit);
        try
        {
            var opening = await maintenance.RunAsync(() => DriveOpening.Run(fileSystem, directory, expectedStore, options), ct);
            return new Drive(opening, options, time, maintenance);
        }
        catch
        {
            maintenance.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Stops serving at once, and waits some seconds for what runs. A device that hangs keeps what its threads use, the
    /// drive's lock included, until they come back: nobody else can open the drive before.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            if (_reclaimTimer is not null) await _reclaimTimer.DisposeAsync();
            new Thread(Close) { IsBackground = true, Name = $"close-{ShortId}" }.Start();
        }
        await _closeEnded.Task.WaitAsync(_options.CloseTimeout, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_closeEnded.Task.IsCompleted) Latch("its device hangs, so that it cannot be closed.");
    }

    // Blocks for as long as the device does.
    private void Close()
    {
        try
        {
            _probe.Dispose();
            _readers.Dispose();
            _writers.Dispose();
            CloseLog();
            CloseClean();
            _maintenance.Dispose();
            _index.Dispose();
            _bulk.Dispose();
            _lock.Dispose();
            _readBuffers.Dispose();
            _writeBuffers.Dispose();
        }
        catch (Exception e)
        {
            Latch($"closing failed: {e.Message}");
        }
        finally
        {
            _closeEnded.TrySetResult();
        }
    }

    private void CloseLog()
    {
        try
        {
            _log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        catch (LogException e)
        {
            Latch($"closing the log failed: {e.Message}");
        }
    }

    // Frees what is left to free and says so in a marker; without it the next open looks for leaks.
    private void CloseClean()
    {
        if (Health.State != DriveState.Online) return;
        try
        {
            _maintenance.RunAsync(() =>
            {
                _index.Flush();
                if (!_reclaimer.FreeFlushed()) return;
                using (var file = FileSystem.Open(Path.Combine(Location, DriveLayout.CleanMarker), FileOpenMode.OpenOrCreate)) file.Sync();
                FileSystem.SyncDirectory(Location);
            }, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (IsFault(e))
        {
            Latch($"closing failed: {e.Message}");
        }
    }
}
