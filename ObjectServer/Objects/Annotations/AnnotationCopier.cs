using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Takes annotations from one version to a copy of it. Their bytes are shared, as a copy's are, under another wrapping of their data keys; they are written
/// anew only where the copy is sealed and they are not, or the other way about.
/// </summary>
internal sealed class AnnotationCopier(ObjectEngine engine)
{
    private readonly ContentWriter _contents = new(engine);

    /// <summary>
    /// All that can be done ahead of the copy's transaction. <see cref="ObjectFault.ConditionalRequestConflict"/> when the annotations are not those any more
    /// that the source had when it was opened. Dispose it behind the transaction.
    /// </summary>
    /// <param name="wanted">How the copy is sealed.</param>
    public async ValueTask<Result<AnnotationCopy?>> PrepareAsync(
        ObjectHandle source, EncryptionRequest? wanted, Scheme scheme, string bucket, byte[] key, CancellationToken ct)
    {
        if (source.Record.Annotations is not { Count: > 0 } set) return (AnnotationCopy?)null;
        if (wanted?.Method == EncryptionMethod.CustomerKey) return ObjectFault.AnnotationsUnsupported;
        List<(byte[] Name, AnnotationRecord Record)>? all;
        using (var snapshot = engine.Store.Snapshot()) all = await AnnotationRows.ReadAllAsync(snapshot, set, ct);
        if (all is null) return ObjectFault.ConditionalRequestConflict;

        var copy = new AnnotationCopy(engine, ContentId.FromField(set.Id));
        try
        {
            foreach (var (name, record) in all)
            {
                if (await AddAsync(copy, source, name, record, wanted, scheme, bucket, key, ct) is not { } failure) continue;
                copy.Discard();
                copy.Dispose();
                return failure;
            }
            return copy;
        }
        catch
        {
            copy.Discard();
            copy.Dispose();
            throw;
        }
    }

    private async ValueTask<Failure?> AddAsync(
        AnnotationCopy copy, ObjectHandle source, byte[] name, AnnotationRecord record, EncryptionRequest? wanted, Scheme scheme, string bucket, byte[] key, CancellationToken ct)
    {
        if (record.Encryption is null && wanted is null)
        {
            copy.Share(name, record, null);
            return null;
        }
        var opened = await engine.Keys.OpenAsync(record.Encryption, customerKey: null, ct);
        if (!opened.IsOk) return opened.Failure;
        // Closes the seal, too.
        using var handle = AnnotationRows.Open(engine, source.Bucket, source.Record, bucket, source.Info.Key, record, opened.Value);
        if (handle.Seal is { } seal && wanted is not null)
        {
            var wrapped = await engine.Keys.RewrapAsync(seal, record.Encryption!, wanted, ct);
            if (!wrapped.IsOk) return wrapped.Failure;
            copy.Share(name, record, wrapped.Value);
            return null;
        }
        var created = await engine.Keys.CreateAsync(wanted, ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        var tag = new SalvageTag { Bucket = bucket, Key = ByteString.CopyFrom(key), WrittenTicks = engine.NowTicks(), Annotation = System.Text.Encoding.UTF8.GetString(name) };
        await using var body = new HandleSource(handle, 0, handle.Info.LengthBytes, default, ct);
        var inlineLimitBytes = Math.Min(engine.Options.InlineLimitBytes, AnnotationRules.MaxInlineBytes);
        copy.Move(name, record, await _contents.WriteAsync(body, scheme, inlineLimitBytes, ChecksumAlgorithm.None, tag, dataKey, ct));
        return null;
    }
}

/// <summary>Annotations on their way to a copy.</summary>
internal sealed class AnnotationCopy(ObjectEngine engine, ContentId source) : IDisposable
{
    private sealed record Item(byte[] Name, AnnotationRecord Record, WrittenContent? Written);

    private readonly List<Item> _items = [];

    /// <summary>The content stays, and gets another holder.</summary>
    public void Share(byte[] name, AnnotationRecord record, EncryptionRecord? encryption)
    {
        var shared = record.Clone();
        shared.Encryption = encryption;
        shared.Reference = record.ContentId.IsEmpty ? 0 : engine.Ids.NextNonce();
        _items.Add(new Item(name, shared, null));
    }

    /// <summary>The bytes were written anew.</summary>
    public void Move(byte[] name, AnnotationRecord record, WrittenContent written) =>
        _items.Add(new Item(name, AnnotationRows.Of(written, record.Checksum, 0), written));

    /// <summary>
    /// Writes the copy's annotations in its transaction, and names them in its row. Who takes a shared content reads the row that holds it in the same
    /// transaction: null if all still do, else why the copy must begin anew.
    /// </summary>
    public async ValueTask<Failure?> PutAsync(IKvTransaction transaction, VersionRecord version, ulong nowTicks, CancellationToken ct)
    {
        var id = engine.Ids.Next();
        var set = new AnnotationSetRecord { Id = ByteString.CopyFrom(id.ToBytes()) };
        var references = new ContentReferences(transaction, nowTicks);
        foreach (var (name, planned, written) in _items)
        {
            var record = planned.Clone();
            record.Number = ++set.LastNumber;
            record.ModifiedTicks = nowTicks;
            set.Count++;
            set.Length += record.Length;
            if (record.Reference != 0)
            {
                var held = await transaction.GetRecordAsync(SchemaKeys.Annotation(source, name), AnnotationRecord.Parser, ct);
                if (held is null || !held.ContentId.Equals(record.ContentId)) return new Failure(ObjectFault.ConditionalRequestConflict);
                references.Add(SchemaKeys.ReferenceByPart(ContentId.FromField(record.ContentId), id, (int)record.Number, record.Reference));
            }
            AnnotationRows.Put(transaction, id, name, record, written, nowTicks);
        }
        version.Annotations = set;
        return null;
    }

    /// <summary>What the transaction came to.</summary>
    public void Conclude(ObjectFault fault)
    {
        foreach (var item in _items) item.Written?.Conclude(fault);
    }

    /// <summary>Nothing was committed, and will not be.</summary>
    public void Discard()
    {
        foreach (var item in _items) item.Written?.Discard();
    }

    public void Dispose()
    {
        foreach (var item in _items) item.Written?.Dispose();
    }
}
