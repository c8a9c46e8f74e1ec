using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Diagnostics;

/// <summary>What compression has saved. The ratio is one counter by the other.</summary>
internal sealed class CompressionMetrics(ContentCompression compression) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        text.Family("objectstore_compression_plain_bytes_total", "counter", "Bytes that clients sent of bodies that were stored compressed.");
        text.Sample("objectstore_compression_plain_bytes_total", compression.PlainBytes);
        text.Family("objectstore_compression_stored_bytes_total", "counter", "What became of them, before encryption and parity.");
        text.Sample("objectstore_compression_stored_bytes_total", compression.StoredBytes);
        text.Family("objectstore_compression_bodies_total", "counter", "Bodies that compression was tried on: stored compressed, or plain because they do not shrink.");
        text.Sample("objectstore_compression_bodies_total", "stored=\"compressed\"", compression.Compressed);
        text.Sample("objectstore_compression_bodies_total", "stored=\"plain\"", compression.LeftPlain);
    }
}
