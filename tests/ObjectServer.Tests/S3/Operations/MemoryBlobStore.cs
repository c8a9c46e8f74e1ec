using System.Collections.Concurrent;
using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>Blobs in memory. A blob in <see cref="Unreadable"/> gives half of what is asked for and then fails, like one with too few shards.</summary>
internal sealed class MemoryBlobStore : IBlobStore
{
    private readonly ConcurrentDictionary<BlobId, byte[]> _blobs = new();

    public bool Unreadable { get; set; }

    /// <summary>What lies there, to be damaged.</summary>
    public IReadOnlyCollection<byte[]> Stored => [.. _blobs.Values];

    public Scheme DefaultScheme => new(4, 2);

    public ValueTask<IBlobWriter> CreateAsync(BlobId id, Scheme wish, long? lengthBytes, CancellationToken ct) => ValueTask.FromResult<IBlobWriter>(new Writer(this, id, wish));

    public async ValueTask ReadAsync(BlobLayout blob, long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        var bytes = _blobs[blob.Id].AsMemory((int)offset, (int)length);
        await destination.WriteAsync(Unreadable ? bytes[..(bytes.Length / 2)] : bytes, ct);
        if (Unreadable)
            throw new BlobStoreException(BlobStoreFault.Unreadable, "Too few shards.");
    }

    public ValueTask<IReadOnlyList<DriveId>> DeleteAsync(BlobLayout blob, CancellationToken ct)
    {
        _blobs.TryRemove(blob.Id, out _);
        return ValueTask.FromResult<IReadOnlyList<DriveId>>([]);
    }

    private sealed class Writer(MemoryBlobStore store, BlobId id, Scheme scheme) : IBlobWriter
    {
        private readonly MemoryStream _data = new();
        private readonly byte[] _piece = new byte[256 * 1024];

        public bool IsDegraded => false;

        public long RemainingBytes => BlobGeometry.MaxBlobBytes(scheme) - _data.Length;

        public long UnsentBytes => 0;

        public Memory<byte> GetMemory() => _piece.AsMemory(0, (int)Math.Min(_piece.Length, RemainingBytes));

        public ValueTask AdvanceAsync(int count, CancellationToken ct)
        {
            _data.Write(_piece, 0, count);
            return ValueTask.CompletedTask;
        }

        public ValueTask<BlobLayout> CommitAsync(ReadOnlyMemory<byte> tag, CancellationToken ct)
        {
            store._blobs[id] = _data.ToArray();
            var drives = Enumerable.Range(1, scheme.TotalShards).Select(i => new DriveId(new Guid(i, 0, 0, new byte[8])));
            return ValueTask.FromResult(new BlobLayout(id, scheme, _data.Length, [.. drives], [.. Enumerable.Repeat(7UL, scheme.TotalShards)], []));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
