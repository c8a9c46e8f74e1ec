using System.Runtime.CompilerServices;
using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.TestKit;

/// <summary>
/// A drive in memory that keeps the contract of <see cref="IDrive"/>: what is not committed cannot be read, blocks
/// are verified when they are read, and the last copy of a shard wins. Faults are switched on and off by operation.
/// It checks what it is given: a block that does not fit its checksum when it arrives is counted, since then somebody
/// has changed a buffer that was still in use.
/// </summary>
public sealed partial class InMemoryDrive(DriveId id) : IDrive
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<BlobId, Dictionary<int, StoredShard>> _shards = [];
    private long _availableBytes = 1L << 40;
    private volatile bool _isClosed;
    private int _foreignBytesSeen;

    public DriveId Id => id;

    public string Location => $"memory:{id}";

    public DriveHealth Health { get; private set; } = DriveHealth.Online;

    public DriveSpace Space => new(1L << 41, Interlocked.Read(ref _availableBytes));

    /// <summary>Blocks that did not fit their checksum when they were written. Anything but zero is a fault of the caller.</summary>
    public int ForeignBlocksSeen => Volatile.Read(ref _foreignBytesSeen);

    /// <summary>Shard writers and readers that are not disposed yet.</summary>
    public int OpenHandles => Volatile.Read(ref _openHandles);

    public int ShardCount
    {
        get
        {
            lock (_gate)
                return _shards.Values.Sum(shards => shards.Count);
        }
    }

    private int _openHandles;

    public IShardWriter Create(BlobId blob, int shard, long? lengthBytes)
    {
        RequireOnline();
        if (lengthBytes > ShardLayout.MaxShardBytes)
            throw new ArgumentOutOfRangeException(nameof(lengthBytes));
        if (FaultOf(DriveOperation.Create) is { } fault)
            throw fault;
        if (Space.AvailableBytes < (lengthBytes ?? 1))
            throw new DriveException(DriveFault.NoSpace, $"{Location} is full.");
        return new Writer(this, blob, shard, lengthBytes);
    }

    public async ValueTask<IShardReader?> OpenAsync(BlobId blob, int shard, CancellationToken ct)
    {
        await EnterAsync(DriveOperation.Open, ct);
        return Find(blob, shard) is { } stored ? new Reader(this, stored) : null;
    }

    public async ValueTask DeleteAsync(BlobId blob, int shard, CancellationToken ct)
    {
        await EnterAsync(DriveOperation.Delete, ct);
        Lose(blob, shard);
    }

    public async IAsyncEnumerable<ShardInfo> EnumerateAsync(BlobId from, [EnumeratorCancellation] CancellationToken ct)
    {
        await EnterAsync(DriveOperation.Open, ct);
        ShardInfo[] all;
        lock (_gate)
        {
            all = [.. _shards.Where(pair => pair.Key >= from)
                .SelectMany(pair => pair.Value.OrderBy(shard => shard.Key).Select(shard => shard.Value.Info))];
        }

        foreach (var info in all)
            yield return info;
    }

    public ValueTask DisposeAsync()
    {
        _isClosed = true;
        return ValueTask.CompletedTask;
    }

    private StoredShard? Find(BlobId blob, int shard)
    {
        lock (_gate)
            return _shards.TryGetValue(blob, out var shards) ? shards.GetValueOrDefault(shard) : null;
    }

    private void Store(StoredShard stored)
    {
        lock (_gate)
        {
            if (!_shards.TryGetValue(stored.Info.Blob, out var shards))
                _shards.Add(stored.Info.Blob, shards = []);
            shards[stored.Info.Shard] = stored;
        }
    }

    private void RequireOnline()
    {
        if (_isClosed)
            throw new DriveException(DriveFault.Closed, $"{Location} is closed.");
        if (Health.State == DriveState.Latched)
            throw new DriveException(DriveFault.Latched, $"{Location} has latched: {Health.Reason}");
    }

    private sealed class StoredShard(ShardInfo info, byte[] bytes, ulong[] checksums, byte[] tag)
    {
        public ShardInfo Info => info;
        public byte[] Bytes => bytes;
        public ulong[] Checksums => checksums;
        public byte[] Tag => tag;
    }

    private sealed class Writer : IShardWriter
    {
        private readonly InMemoryDrive _drive;
        private readonly BlobId _blob;
        private readonly int _shard;
        private readonly long? _lengthBytes;
        private readonly MemoryStream _bytes = new();
        private readonly List<ulong> _checksums = [];
        private bool _isBusy, _isDone, _isDisposed;

        public Writer(InMemoryDrive drive, BlobId blob, int shard, long? lengthBytes)
        {
            (_drive, _blob, _shard, _lengthBytes) = (drive, blob, shard, lengthBytes);
            Interlocked.Increment(ref drive._openHandles);
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> blocks, ReadOnlyMemory<ulong> checksums, CancellationToken ct)
        {
            Begin();
            if (_bytes.Length % ShardLayout.BlockSizeBytes != 0)
                throw new InvalidOperationException("A short block was followed by another.");
            if (checksums.Length != ShardLayout.BlockCount(blocks.Length) || blocks.Length == 0)
                throw new ArgumentException($"{checksums.Length} checksums for {blocks.Length} bytes.");
            await _drive.EnterAsync(DriveOperation.Write, ct);
            for (var i = 0; i < checksums.Length; i++)
            {
                var block = blocks.Span.Slice(i * ShardLayout.BlockSizeBytes, ShardLayout.BlockLength(blocks.Length, i));
                if (BlockChecksum.Compute(_blob, _shard, _checksums.Count, block) != checksums.Span[i])
                    Interlocked.Increment(ref _drive._foreignBytesSeen);
                _checksums.Add(checksums.Span[i]);
            }

            _bytes.Write(blocks.Span);
            Interlocked.Add(ref _drive._availableBytes, -blocks.Length);
            _isBusy = false;
        }

        public async ValueTask CommitAsync(ReadOnlyMemory<byte> tag, CancellationToken ct)
        {
            Begin();
            if (_lengthBytes is { } length && length != _bytes.Length)
                throw new InvalidOperationException($"{_bytes.Length} of {length} announced bytes were written.");
            await _drive.EnterAsync(DriveOperation.Commit, ct);
            var root = BlockChecksum.Root(_blob, _shard, _bytes.Length, [.. _checksums]);
            _drive.Store(new StoredShard(
                new ShardInfo(_blob, _shard, _bytes.Length, root), _bytes.ToArray(), [.. _checksums], tag.ToArray()));
            _isDone = true;
            _isBusy = false;
        }

        public ValueTask DisposeAsync()
        {
            if (!_isDisposed)
                Interlocked.Decrement(ref _drive._openHandles);
            _isDisposed = true;
            return ValueTask.CompletedTask;
        }

        private void Begin()
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_isBusy || _isDone)
                throw new InvalidOperationException("Calls of a shard writer overlap, or follow its commit.");
            _isBusy = true;
        }
    }

    private sealed class Reader : IShardReader
    {
        private readonly InMemoryDrive _drive;
        private readonly StoredShard _stored;
        private bool _isDisposed;

        public Reader(InMemoryDrive drive, StoredShard stored)
        {
            (_drive, _stored) = (drive, stored);
            Interlocked.Increment(ref drive._openHandles);
        }

        public ShardInfo Info => _stored.Info;

        public async ValueTask<ShardReadResult> ReadAsync(int firstBlock, BlockBuffers destination, CancellationToken ct)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            await _drive.EnterAsync(DriveOperation.Read, ct);
            for (var i = 0; i < destination.Count; i++)
            {
                var block = firstBlock + i;
                var length = ShardLayout.BlockLength(Info.LengthBytes, block);
                var target = destination.Block(i, length).Span;
                _stored.Bytes.AsSpan(block * ShardLayout.BlockSizeBytes, length).CopyTo(target);
                if (BlockChecksum.Compute(Info.Blob, Info.Shard, block, target) != _stored.Checksums[block])
                    return new ShardReadResult(ShardReadStatus.Corrupt, block);
            }

            return _drive.Find(Info.Blob, Info.Shard) is null
                ? new ShardReadResult(ShardReadStatus.Gone)
                : new ShardReadResult(ShardReadStatus.Ok);
        }

        public void Dispose()
        {
            if (!_isDisposed)
                Interlocked.Decrement(ref _drive._openHandles);
            _isDisposed = true;
        }
    }
}
