using System.Threading.Channels;
using ObjectStore.Erasure.Stripes;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Blobs that were written and surely never committed (a refused digest, a lost race): freed soon by the garbage
/// collector. Bounded; what does not fit is found later as orphans.
/// </summary>
internal sealed class DiscardedBlobs
{
    private const int Capacity = 4096;

    private readonly Channel<BlobLayout> _blobs = Channel.CreateBounded<BlobLayout>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Add(IEnumerable<BlobLayout> blobs)
    {
        foreach (var blob in blobs) _blobs.Writer.TryWrite(blob);
    }

    public bool TryTake(out BlobLayout? blob) => _blobs.Reader.TryRead(out blob);
}
