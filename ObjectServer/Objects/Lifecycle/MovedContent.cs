using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A version's bytes under another scheme, durable and not yet the version's. Dispose it when it was swapped in, or will never be.</summary>
internal sealed class MovedContent : IDisposable
{
    private readonly VersionRecord _version;
    private readonly MoveTarget _target;
    private readonly SentContent? _sent;
    private readonly WrittenContent? _written;
    private readonly byte[]? _garbage;
    private readonly ContentRecord? _manifest;
    private readonly IReadOnlyList<ManifestPart> _parts = [];

    public MovedContent(VersionRecord version, MoveTarget target, WrittenContent written) => (_version, _target, _written, Id) = (version, target, written, written.Id);

    public MovedContent(VersionRecord version, MoveTarget target, SentContent sent) => (_version, _target, _sent, Id) = (version, target, sent, sent.Id);

    /// <param name="garbage">The row of garbage that the parts go with if they are not swapped in.</param>
    /// <param name="manifest">Of the source.</param>
    public MovedContent(VersionRecord version, MoveTarget target, ContentId id, byte[] garbage, ContentRecord manifest, IReadOnlyList<ManifestPart> parts) =>
        (_version, _target, Id, _garbage, _manifest, _parts) = (version, target, id, garbage, manifest, parts);

    /// <summary>Whether the version, or the rules, want it no more.</summary>
    private bool _isInVain;

    public ContentId Id { get; }

    /// <summary>Manifests below one another, of one that is a manifest.</summary>
    public uint Depth { get; init; } = 1;

    /// <summary>Of what was sent to another store: the row that it goes with while it is nobody's.</summary>
    public byte[]? GarbageThere => _sent?.Garbage ?? (_target.Tier is not null && _isInVain ? _garbage : null);

    /// <summary>Whether these are the bytes of that version, there: contents never change.</summary>
    public bool IsOf(VersionRecord version, MoveTarget target) =>
        _target == target && _version.Sequence == version.Sequence && _version.Nonce == version.Nonce && _version.ContentId == version.ContentId;

    /// <summary>Writes the content's rows, in the transaction that swaps it in.</summary>
    public async ValueTask PutAsync(IKvTransaction transaction, ContentOwner owner, ulong nowTicks, CancellationToken ct)
    {
        if (_sent is not null)
        {
            await _sent.PutAsync(transaction, owner, nowTicks, ct);
            return;
        }
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

    /// <inheritdoc cref="Conclude(Result{DueOutcome})"/>
    public void Conclude(ObjectFault fault) => _written?.Conclude(fault);

    /// <summary>It was surely not swapped in.</summary>
    public void Discard()
    {
        _isInVain = true;
        _written?.Discard();
    }

    public void Dispose() => _written?.Dispose();
}
