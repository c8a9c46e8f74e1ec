using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;
using ObjectStore.Storage.Buffers;

namespace ObjectStore.Erasure.Stripes;

/// <summary>The blob store over a <see cref="DriveSet"/>. Any thread may call. It owns neither drives nor pool.</summary>
public sealed class BlobStore(
    DriveSet drives, IBufferPool pool, CodecProvider codecs, IShardFindings findings, BlobStoreOptions options, TimeProvider time)
    : IBlobStore, IAsyncDisposable
{
    public Scheme DefaultScheme => options.DefaultScheme;

    public ValueTask<IBlobWriter> CreateAsync(BlobId id, Scheme wish, long? lengthBytes, CancellationToken ct) =>
        throw new NotImplementedException($"{drives} {pool} {codecs} {findings} {time}");

    public ValueTask ReadAsync(BlobLayout blob, long offset, long length, PipeWriter destination, CancellationToken ct) =>
        throw new NotImplementedException();

    public ValueTask<IReadOnlyList<DriveId>> DeleteAsync(BlobLayout blob, CancellationToken ct) =>
        throw new NotImplementedException();

    /// <summary>Waits for what runs in the background (cleaning up after failed writes), but not for operations that hang.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
