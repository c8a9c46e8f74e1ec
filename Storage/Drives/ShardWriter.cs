using System.Buffers;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Storage.Drives;

/// <summary>
/// Writes one shard. Up to <see cref="ShardLayout.MaxLoggedShardBytes"/> its blocks are kept in memory and become one
/// record of the log; a longer one gets an extent as soon as it is known to be longer.
/// </summary>
/// <remarks>
/// A write that a worker has begun is not given up when its token fires, because the kernel still reads the
/// caller's memory: the task ends when the memory is free. Whoever sets deadlines stops waiting for the task and
/// keeps the memory until it ends.
/// </remarks>
internal sealed class ShardWriter(Drive drive, BlobId blob, int shard, int? lengthBytes) : IShardWriter
{
    private ulong[] _checksums = new ulong[lengthBytes is { } known ? ShardLayout.BlockCount(known) : 4];
    private int _blocks;
    private int _writtenBytes;
    private IMemoryOwner<byte>? _logged;
    private BulkExtent? _extent;
    private ExtentWriter? _writer;
    private Task? _pending;
    private State _state;

    private enum State { Open, Broken, Committed, Disposed }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> blocks, ReadOnlyMemory<ulong> checksums, CancellationToken ct)
    {
        Begin();
        Validate(blocks.Length, checksums.Length);
        if (blocks.Length == 0)
        {
            _state = State.Open;
            return;
        }
        if (_blocks + checksums.Length > _checksums.Length) Array.Resize(ref _checksums, Math.Max(2 * _checksums.Length, _blocks + checksums.Length));
        checksums.CopyTo(_checksums.AsMemory(_blocks));

        var work = StaysLogged(blocks.Length) ? Keep(blocks) : WriteExtentAsync(blocks, ct);
        await Track(work);
        _blocks += checksums.Length;
        _writtenBytes += blocks.Length;
        _state = State.Open;
    }

    public async ValueTask CommitAsync(ReadOnlyMemory<byte> tag, CancellationToken ct)
    {
        Begin();
        if (tag.Length > ShardRecord.MaxTagBytes) throw new ArgumentException($"A tag has at most {ShardRecord.MaxTagBytes} bytes.", nameof(tag));
        if (lengthBytes is { } length && length != _writtenBytes) throw new InvalidOperationException($"{_writtenBytes} bytes were written of a shard of {length}.");

        var checksums = _checksums.AsMemory(0, _blocks);
        var root = BlockChecksum.Root(blob, shard, _writtenBytes, checksums.Span);
        var record = new ShardRecord(blob, shard, _writtenBytes, root, _writer?.Address ?? ExtentAddress.None, checksums, tag);
        var blocks = _logged is null ? default : _logged.Memory[.._writtenBytes];
        await Track(_writer is null ? drive.CommitLoggedAsync(record, blocks, ct) : drive.CommitExtentAsync(_writer, record, ct));
        _state = State.Committed;
    }

    public ValueTask DisposeAsync()
    {
        if (_state == State.Disposed) return default;
        var committed = _state == State.Committed;
        _state = State.Disposed;
        // Memory and extent are given back only when nothing writes to them any more; a device that hangs holds them.
        if (_pending is { IsCompleted: false } pending) pending.ContinueWith(_ => Release(committed), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        else Release(committed);
        return default;
    }

    private void Release(bool committed)
    {
        _logged?.Dispose();
        _writer?.Dispose();
        if (_extent is not null) drive.EndExtent(_extent, committed);
    }

    private void Begin()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Open) throw new InvalidOperationException("The writer has committed, or a call before failed or has not ended.");
        drive.ThrowIfNotServing();
        _state = State.Broken;
    }

    private async ValueTask Track(ValueTask work)
    {
        if (work.IsCompletedSuccessfully) return;
        var task = work.AsTask();
        _pending = task;
        await task;
    }

    private void Validate(int bytes, int checksums)
    {
        if (_writtenBytes % ShardLayout.BlockSizeBytes != 0 && bytes > 0) throw new InvalidOperationException("Only the last block of a shard may be short.");
        if (checksums != ShardLayout.BlockCount(bytes)) throw new ArgumentException($"{checksums} checksums for {bytes} bytes.", nameof(checksums));
        if (_writtenBytes + (long)bytes > (lengthBytes ?? ShardLayout.MaxShardBytes)) throw new ArgumentException("The shard would be longer than announced, or than a shard may be.", nameof(bytes));
    }

    private bool StaysLogged(int moreBytes) =>
        _writer is null && (lengthBytes ?? _writtenBytes + moreBytes) <= ShardLayout.MaxLoggedShardBytes;

    private ValueTask Keep(ReadOnlyMemory<byte> blocks)
    {
        _logged ??= drive.RentForWrite(lengthBytes ?? ShardLayout.MaxLoggedShardBytes);
        blocks.CopyTo(_logged.Memory[_writtenBytes..]);
        return default;
    }

    private async ValueTask WriteExtentAsync(ReadOnlyMemory<byte> blocks, CancellationToken ct)
    {
        if (_writer is null)
        {
            (_extent, _writer) = await drive.BeginExtentAsync(blob, shard, lengthBytes ?? ShardLayout.MaxShardBytes, ct);
            if (_logged is { } kept)
            {
                await drive.WriteExtentAsync(_writer, kept.Memory[.._writtenBytes], ct);
                _logged = null;
                kept.Dispose();
            }
        }
        await drive.WriteExtentAsync(_writer, blocks, ct);
    }
}
