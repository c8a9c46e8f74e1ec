using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;

namespace ObjectStore.TestKit.Blobs;

/// <summary>
/// An <see cref="IBlobStore"/> that keeps blobs whole in memory. It is strict where the real one is: a blob is written
/// once, committed when full, and read only after its commit; and it counts, so that leaks and double frees show.
/// </summary>
public sealed class InMemoryBlobStore : IBlobStore
{
    private readonly ConcurrentDictionary<BlobId, byte[]> _blobs = new();
    private readonly ConcurrentDictionary<BlobId, int> _created = new();
    private readonly ConcurrentQueue<BlobId> _deleted = new();

    public Scheme DefaultScheme { get; init; } = new(4, 2);

    /// <summary>Most bytes of one blob; small, so that small bodies take several.</summary>
    public int MaxBlobBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes that a writer hands out at a time.</summary>
    public int PieceBytes { get; init; } = 10_000;

    public DriveId[] Drives { get; } = [.. Enumerable.Range(1, 6).Select(i => new DriveId(new Guid(i, 0, 0, new byte[8])))];

    /// <summary>Drives that do not answer a delete now.</summary>
    public ConcurrentDictionary<DriveId, byte> Silent { get; } = new();

    /// <summary>Shards that the next commits report as missing.</summary>
    public int[] MissingShards { get; set; } = [];

    /// <summary>Thrown by commits while set.</summary>
    public BlobStoreException? CommitFault { get; set; }

    /// <summary>Called with every blob that is about to be committed.</summary>
    public Action<BlobId>? BeforeCommit { get; set; }

    /// <summary>Blobs that were ever begun.</summary>
    public int Begun => _created.Count;

    public ICollection<BlobId> Stored => _blobs.Keys;

    public ReadOnlyMemory<byte> BytesOf(BlobId id) => _blobs[id];

    /// <summary>What each blob holds, as it was written.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> StoredBytes => [.. _blobs.Values.Select(bytes => (ReadOnlyMemory<byte>)bytes)];

    /// <summary>What was said of each blob as it was committed.</summary>
    public ConcurrentDictionary<BlobId, ReadOnlyMemory<byte>> Tags { get; } = new();

    /// <summary>Blobs that were deleted everywhere, in order, each as often as it was.</summary>
    public IReadOnlyList<BlobId> Deleted => [.. _deleted];

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    private long _bytesRead;

    public ValueTask<IBlobWriter> CreateAsync(BlobId id, Scheme wish, long? lengthBytes, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (lengthBytes < 1) throw new ArgumentOutOfRangeException(nameof(lengthBytes));
        if (!_created.TryAdd(id, 0)) throw new InvalidOperationException($"Blob {id} was begun twice.");
        return new(new Writer(this, id, wish, lengthBytes));
    }

    public async ValueTask ReadAsync(BlobLayout blob, long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        if (!_blobs.TryGetValue(blob.Id, out var bytes)) throw new BlobStoreException(BlobStoreFault.Unreadable, $"There is no blob {blob.Id}.");
        Interlocked.Add(ref _bytesRead, length);
        destination.Write(bytes.AsSpan(checked((int)offset), checked((int)length)));
        await destination.FlushAsync(ct);
    }

    public ValueTask<IReadOnlyList<DriveId>> DeleteAsync(BlobLayout blob, CancellationToken ct)
    {
        var silent = blob.Drives.Where(Silent.ContainsKey).ToList();
        if (silent.Count == 0)
        {
            _deleted.Enqueue(blob.Id);
            _blobs.TryRemove(blob.Id, out _);
        }
        return new(silent);
    }

    private sealed class Writer(InMemoryBlobStore store, BlobId id, Scheme scheme, long? lengthBytes) : IBlobWriter
    {
        private readonly MemoryStream _bytes = new();
        private readonly byte[] _piece = new byte[store.PieceBytes];
        private bool _done;

        public long RemainingBytes => Math.Min(lengthBytes ?? long.MaxValue, store.MaxBlobBytes) - _bytes.Length;

        public bool IsDegraded => store.MissingShards.Length > 0;

        public long UnsentBytes => 0;

        public Memory<byte> GetMemory()
        {
            ObjectDisposedException.ThrowIf(_done, this);
            return _piece.AsMemory(0, (int)Math.Min(_piece.Length, RemainingBytes));
        }

        public ValueTask AdvanceAsync(int count, CancellationToken ct)
        {
            ct.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_done, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, RemainingBytes);
            _bytes.Write(_piece, 0, count);
            Array.Clear(_piece);
            return ValueTask.CompletedTask;
        }

        public async ValueTask<BlobLayout> CommitAsync(ReadOnlyMemory<byte> tag, CancellationToken ct)
        {
            await Task.Yield();
            ct.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_done, this);
            if (lengthBytes is not null && RemainingBytes != 0) throw new InvalidOperationException("A blob of known length was committed before it was full.");
            if (tag.Length > 4096) throw new InvalidOperationException("The tag is too long.");
            _done = true;
            store.BeforeCommit?.Invoke(id);
            if (store.CommitFault is { } fault) throw fault;
            var bytes = _bytes.ToArray();
            store._blobs[id] = bytes;
            store.Tags[id] = tag.ToArray();
            var total = scheme.TotalShards;
            return new BlobLayout(
                id, scheme, bytes.Length, [.. Enumerable.Range(0, total).Select(i => store.Drives[i % store.Drives.Length])],
                [.. Enumerable.Range(0, total).Select(i => (ulong)bytes.Length * 31 + (ulong)i)], [.. store.MissingShards]);
        }

        public ValueTask DisposeAsync()
        {
            _done = true;
            return ValueTask.CompletedTask;
        }
    }
}
