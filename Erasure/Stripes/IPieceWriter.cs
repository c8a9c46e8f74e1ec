namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// A destination of reads that works on what it gets in pieces of its own. Given just these, it keeps one of them only, and has
/// it in the processor's cache.
/// </summary>
public interface IPieceWriter
{
    /// <summary>Bytes up to the end of the piece that comes next, or has begun; at least one.</summary>
    int NextPieceBytes { get; }
}
