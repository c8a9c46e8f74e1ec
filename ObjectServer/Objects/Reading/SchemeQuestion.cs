using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Whether contents are stored under a scheme, asked part by part. Parts that share one slice are asked once.</summary>
internal sealed class SchemeQuestion(Scheme scheme)
{
    /// <summary>
    /// Ten times the parts of an object. Slices of slices may be many more, and are then taken to be stored otherwise: bytes that move for nothing
    /// cost less than bytes with less redundancy than their class promises.
    /// </summary>
    private const int MaxContents = 100_000;

    private readonly HashSet<(ContentId Id, long Offset, long Length)> _asked = [];

    public Scheme Scheme => scheme;

    /// <summary>Whether no more may be asked.</summary>
    public bool IsExhausted => _asked.Count >= MaxContents;

    /// <summary>False if it was asked already.</summary>
    public bool Ask(ContentId id, long offset, long length) => _asked.Add((id, offset, length));
}
