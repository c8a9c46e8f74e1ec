using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.TestKit;

public sealed partial class InMemoryDrive
{
    private DriveOperation _failing;
    private DriveOperation _slow;
    private DriveOperation _hanging;
    private TimeSpan _delay;
    private TimeProvider _delayTime = TimeProvider.System;
    private TaskCompletionSource _hang = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Calls by operation since the start.</summary>
    public int Calls(DriveOperation operation)
    {
        lock (_gate)
            return _calls.GetValueOrDefault(operation);
    }

    private readonly Dictionary<DriveOperation, int> _calls = [];

    /// <summary>These operations fail with an I/O error; the drive does not latch.</summary>
    public void FailOn(DriveOperation operations) => _failing = operations;

    /// <summary>These operations take so much longer.</summary>
    public void SlowOn(DriveOperation operations, TimeSpan delay, TimeProvider? time = null)
    {
        (_delay, _delayTime) = (delay, time ?? TimeProvider.System);
        _slow = operations;
    }

    /// <summary>These operations do not end, whatever their token says, until <see cref="EndHang"/>; then they go on as if nothing had been.</summary>
    public void HangOn(DriveOperation operations) => _hanging = operations;

    public void EndHang()
    {
        _hanging = DriveOperation.None;
        Interlocked.Exchange(ref _hang, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public void Latch(string reason) => Health = new DriveHealth(DriveState.Latched, reason);

    public void Unlatch() => Health = DriveHealth.Online;

    public void SetAvailable(long bytes) => Interlocked.Exchange(ref _availableBytes, bytes);

    /// <summary>Forgets a shard, as if its index entry were gone.</summary>
    public bool Lose(BlobId blob, int shard)
    {
        lock (_gate)
            return _shards.TryGetValue(blob, out var shards) && shards.Remove(shard);
    }

    public bool Has(BlobId blob, int shard) => Find(blob, shard) is not null;

    /// <summary>The stored bytes, unverified.</summary>
    public ReadOnlyMemory<byte> BytesOf(BlobId blob, int shard) => Find(blob, shard)!.Bytes;

    public ReadOnlyMemory<byte> TagOf(BlobId blob, int shard) => Find(blob, shard)!.Tag;

    /// <summary>Flips one bit of a stored shard.</summary>
    public void Corrupt(BlobId blob, int shard, long atByte, int bit = 0) => Find(blob, shard)!.Bytes[atByte] ^= (byte)(1 << bit);

    /// <summary>Puts other bytes in the place of a shard, with a table that fits them: a stale copy that verifies in itself.</summary>
    public void Replace(BlobId blob, int shard, byte[] bytes)
    {
        var checksums = new ulong[ShardLayout.BlockCount(bytes.Length)];
        for (var block = 0; block < checksums.Length; block++)
        {
            var at = bytes.AsSpan(block * ShardLayout.BlockSizeBytes, ShardLayout.BlockLength(bytes.Length, block));
            checksums[block] = BlockChecksum.Compute(blob, shard, block, at);
        }

        var root = BlockChecksum.Root(blob, shard, bytes.Length, checksums);
        Store(new StoredShard(new ShardInfo(blob, shard, bytes.Length, root), bytes, checksums, []));
    }

    private async ValueTask EnterAsync(DriveOperation operation, CancellationToken ct)
    {
        lock (_gate)
            _calls[operation] = _calls.GetValueOrDefault(operation) + 1;
        RequireOnline();
        if (FaultOf(operation) is { } fault)
            throw fault;
        if (_slow.HasFlag(operation))
            await Task.Delay(_delay, _delayTime, ct);
        if (_hanging.HasFlag(operation))
            await _hang.Task;
        else
            ct.ThrowIfCancellationRequested();
        RequireOnline();
    }

    private DriveException? FaultOf(DriveOperation operation) =>
        _failing.HasFlag(operation) ? new DriveException(DriveFault.Io, $"{Location}: input/output error in {operation}.") : null;
}
