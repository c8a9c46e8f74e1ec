using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Storage;

namespace ObjectStore.Server.Objects;

/// <summary>A body whose bytes are durable (or in memory, when inlined) and of which no row speaks yet. Dispose it when its rows are committed, or will never be.</summary>
internal sealed class WrittenContent(ObjectEngine engine, Scheme scheme) : IDisposable
{
    private readonly List<BlobLayout> _blobs = [];
    private SealedUnder? _key;
    private bool _isSettled;

    /// <summary>None when inlined, unless it is sealed.</summary>
    public ContentId Id { get; private set; }

    public Scheme Scheme => scheme;

    public IReadOnlyList<BlobLayout> Blobs => _blobs;

    /// <summary>The bytes of a body that is small enough; else null.</summary>
    public byte[]? Inline { get; set; }

    /// <summary>Of what is stored, as it is stored.</summary>
    public long LengthBytes { get; set; }

    /// <summary>What the stored bytes are; set where they were taken from another content as they are.</summary>
    public ContentForm Form { get; set; }

    /// <summary>Of what the client sent.</summary>
    public long PlainLengthBytes => Digests.LengthBytes;

    public ComputedDigests Digests { get; set; } = null!;

    /// <summary>Null when it is stored plain.</summary>
    public EncryptionRecord? Encryption { get; private set; }

    /// <summary>What a version or part of this says of its being compressed: method, and bytes that are stored; zeros where it is not.</summary>
    public (uint Method, ulong StoredLength) Compression => Form.Compression is { } form ? (form.Method, (ulong)LengthBytes) : default;

    /// <summary>What answers call the body's ETag: its MD5, unless its writer keeps the key.</summary>
    public ByteString ETag => ByteString.CopyFrom(_key is { HidesMd5: true } ? _key.Seal.ETagOf(Digests.Md5.Span) : Digests.Md5.Span);

    public void Begin()
    {
        if (Id.IsNone) Id = engine.Ids.Begin();
    }

    /// <summary>The id comes first: the content's key is derived from it.</summary>
    public void SealUnder(SealedUnder key)
    {
        Begin();
        _key = key;
        Encryption = key.Record;
    }

    public BlobId BlobId(uint ordinal) => new(Id.Session, Id.Number, ordinal);

    public void Add(BlobLayout blob) => _blobs.Add(blob);

    /// <summary>What the transaction that was to commit the rows came to.</summary>
    public void Conclude(ObjectFault fault)
    {
        if (fault == ObjectFault.None) _isSettled = true;
        else if (fault != ObjectFault.UnknownOutcome) Discard();
    }

    /// <summary>The rows were surely not committed: frees the blobs soon.</summary>
    public void Discard()
    {
        _isSettled = true;
        engine.Discarded.Add(_blobs);
        _blobs.Clear();
    }

    public ObjectChecksum? Checksum(ChecksumAlgorithm algorithm) =>
        algorithm != ChecksumAlgorithm.None && Digests.TryGet(algorithm, out var value)
            ? new ObjectChecksum(algorithm, ChecksumType.FullObject, value)
            : null;

    /// <summary>
    /// A content whose commit has an unknown outcome counts as in flight for the rest of the session: its rows may be
    /// seen only after the next opening, and until then nobody may take it for an orphan.
    /// </summary>
    public void Dispose()
    {
        if (!Id.IsNone && _isSettled) engine.Ids.End(Id);
    }
}
