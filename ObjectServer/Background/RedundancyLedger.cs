using System.Threading.Channels;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <summary>
/// Takes what readers find, keeps one copy of it, and writes it to table h outside of their requests. Shards that were
/// missing when an object was committed are in the table already, by that commit. Bounded: a finding that is dropped is made again by the next read.
/// </summary>
internal sealed class RedundancyLedger(IKeyValueStore store, TimeProvider time) : IShardFindings
{
    private const int Capacity = 10_000;
    private const int BatchSize = 200;

    /// <summary>Keys that wait for the healer; those that do not fit it finds when it goes through the table.</summary>
    private const int FreshCapacity = 1_000;

    private readonly Channel<byte[]> _fresh = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(FreshCapacity) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<Finding> _findings = Channel.CreateBounded<Finding>(Capacity);
    private readonly Lock _lock = new();
    private readonly HashSet<(BlobId Blob, int Shard)> _queued = [];

    private readonly record struct Finding(BlobLayout Blob, int Shard, ShardDefect Defect);

    /// <summary>Findings that the full queue turned away.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    private long _dropped;

    /// <summary>Takes the key of a row that was just written, once.</summary>
    public bool TryTakeFresh(out byte[]? key) => _fresh.Reader.TryRead(out key);

    public void Report(BlobLayout blob, int shard, ShardDefect defect)
    {
        lock (_lock)
        {
            if (!_queued.Add((blob.Id, shard))) return;
        }
        if (_findings.Writer.TryWrite(new Finding(blob, shard, defect))) return;
        Interlocked.Increment(ref _dropped);
        lock (_lock) _queued.Remove((blob.Id, shard));
    }

    /// <summary>Writes findings as they come until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (await _findings.Reader.WaitToReadAsync(ct))
            {
                try
                {
                    await FlushAsync(ct);
                }
                catch (KvException e) when (e.Fault != KvFault.Corrupt)
                {
                    // The findings are queued still: they are written when the store answers.
                    await Task.Delay(TimeSpan.FromSeconds(1), time, ct);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // What was queued is found again by the next read.
            return;
        }
    }

    /// <summary>Writes all that is queued now.</summary>
    /// <exception cref="KvException">The store could not commit; the findings stay queued.</exception>
    public async ValueTask FlushAsync(CancellationToken ct)
    {
        var batch = new List<Finding>();
        while (Take(batch) > 0)
        {
            try
            {
                await WriteAsync(batch, ct);
            }
            catch
            {
                foreach (var finding in batch) Requeue(finding);
                throw;
            }
            lock (_lock)
            {
                foreach (var finding in batch) _queued.Remove((finding.Blob.Id, finding.Shard));
            }
            batch.Clear();
        }
    }

    private int Take(List<Finding> batch)
    {
        while (batch.Count < BatchSize && _findings.Reader.TryRead(out var finding)) batch.Add(finding);
        return batch.Count;
    }

    private async ValueTask WriteAsync(List<Finding> batch, CancellationToken ct)
    {
        using var transaction = store.Begin();
        var now = time.GetUtcNow().ToTicks();
        // Blind writes: a row that is there already says the same.
        foreach (var finding in batch) ContentRows.PutLost(transaction, finding.Blob, finding.Shard, finding.Defect, now);
        await transaction.CommitAsync(ct);
        foreach (var finding in batch) _fresh.Writer.TryWrite(SchemaKeys.LostShard(finding.Blob.Drives[finding.Shard], finding.Blob.Id));
    }

    private void Requeue(Finding finding)
    {
        if (_findings.Writer.TryWrite(finding)) return;
        Interlocked.Increment(ref _dropped);
        lock (_lock) _queued.Remove((finding.Blob.Id, finding.Shard));
    }
}
