using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A version's bytes under another scheme, durable and not yet the version's. Dispose it when it was swapped in, or will never be.</summary>
internal sealed class MovedContent : IDisposable
{
    private readonly VersionRecord _version;
    private readonly Scheme _scheme;
    private readonly WrittenContent? _written;
    private readonly byte[]? _garbage;
    private readonly ContentRecord? _manifest;
    private readonly IReadOnlyList<ManifestPart> _parts = [];

    public MovedContent(VersionRecord version, Scheme scheme, WrittenContent written) => (_version, _scheme, _written, Id) = (version, scheme, written, written.Id);

    /// <param name="garbage">The row of garbage that the parts go with if they are not swapped in.</param>
    /// <param name="manifest">Of the source.</param>
    public MovedContent(VersionRecord version, Scheme scheme, ContentId id, byte[] garbage, ContentRecord manifest, IReadOnlyList<ManifestPart> parts) =>
        (_version, _scheme, Id, _garbage, _manifest, _parts) = (version, scheme, id, garbage, manifest, parts);

    public ContentId Id { get; }

    /// <summary>Manifests below one another, of one that is a manifest.</summary>
    public uint Depth { get; init; } = 1;

    /// <summary>Whether these are the bytes of that version, under that scheme: contents never change.</summary>
    public bool IsOf(VersionRecord version, Scheme scheme) =>
        _scheme == scheme && _version.Sequence == version.Sequence && _version.Nonce == version.Nonce && _version.ContentId == version.ContentId;

    /// <summary>Writes the content's rows, in the transaction that swaps it in.</summary>
    public async ValueTask PutAsync(IKvTransaction transaction, ContentOwner owner, ulong nowTicks, CancellationToken ct)
    {
        if (_written is not null)
        {
            ContentRows.Put(transaction, _written, owner, nowTicks);
            return;
        }
        await CheckStandsAsync(transaction, _garbage!, nowTicks, ct);
        transaction.Delete(_garbage!);
        foreach (var part in _parts) transaction.Delete(SchemaKeys.Part(Id, (int)part.PartNumber));
        var manifest = _manifest!.Clone();
        (manifest.Owner, manifest.Depth) = (owner, Depth);
        transaction.PutRecord(SchemaKeys.Content(Id), manifest);
        var at = 0;
        for (var row = 0; row < manifest.Manifest.Count; row++)
        {
            var chunk = new ManifestChunk();
            for (var i = 0; i < manifest.Manifest[row].PartCount; i++) chunk.Parts.Add(_parts[at++]);
            transaction.PutRecord(SchemaKeys.Manifest(Id, (uint)row), chunk);
        }
    }

    /// <summary>The parts of a move are garbage from the time of their row on: the collector frees them before it takes the row away.</summary>
    /// <exception cref="KvException">The move took too long.</exception>
    public static async ValueTask CheckStandsAsync(IKvTransaction transaction, byte[] garbage, ulong nowTicks, CancellationToken ct)
    {
        if (nowTicks >= SchemaKeys.GarbageTicks(garbage) || await transaction.GetAsync(garbage, ct) is null)
            throw new KvException(KvFault.UnknownOutcome, "The move took too long, and its parts are garbage.");
    }

    /// <summary>What the transaction that was to swap it in came to.</summary>
    public void Conclude(Result<DueOutcome> result)
    {
        if (result.IsOk && result.Value != DueOutcome.Transitioned) Discard();
        else _written?.Conclude(result.Fault);
    }

    /// <summary>It was surely not swapped in.</summary>
    public void Discard() => _written?.Discard();

    public void Dispose() => _written?.Dispose();
}
