using System.Buffers.Binary;
using System.Security.Cryptography;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>Uploads in parts: create, complete, abort. Parts are written by <see cref="PartWriter"/>, listed by <see cref="UploadLister"/>.</summary>
internal sealed class MultipartService(ObjectEngine engine)
{
    private readonly UploadCompleter _completer = new(engine);

    /// <summary><see cref="ObjectFault.InvalidChecksumRequest"/> for a full-object checksum that cannot be put together from the parts'.</summary>
    public async ValueTask<Result<UploadInfo>> CreateAsync(CreateUploadRequest request, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(request.Key, out var key)) return ObjectFault.InvalidKey;
        if (!IsPossible(request.ChecksumAlgorithm, request.ChecksumType)) return ObjectFault.InvalidChecksumRequest;
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        var wrapped = await WrapKeyAsync(request, ct);
        if (!wrapped.IsOk) return wrapped.Failure;
        var (bucketId, encryption) = wrapped.Value;
        return await engine.Transactions.RunAsync<UploadInfo>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, request.Bucket, ct);
            // One of the same name that was made since is another.
            if (bucket is null || bucket.Id != bucketId) return ObjectFault.NoSuchBucket;
            var now = engine.NowTicks();
            if (LockRules.CheckNew(bucket, request.Lock, now) is { } refused) return refused;
            // Better than after all of its parts; but room may come and go until it is completed.
            if (QuotaRules.IsSet(bucket) && await CheckQuotaAsync(bucket, key, ct) is { } exceeded) return exceeded;
            var chosen = engine.Classes.Choose(request.StorageClass, bucket);
            if (!chosen.IsOk) return chosen.Failure;
            var scheme = request.Scheme ?? chosen.Value.Scheme;
            var id = new UploadId(engine.Ids.Next(), NewNonce());
            var record = new UploadRecord
            {
                InitiatedTicks = now,
                OwnerId = request.OwnerId ?? "",
                StorageClass = chosen.Value.Name,
                Headers = ObjectInfos.ToRecord(request.Headers),
                ChecksumAlgorithm = (uint)request.ChecksumAlgorithm,
                ChecksumType = (uint)request.ChecksumType,
                SchemeDataShards = (uint)(scheme?.DataShards ?? 0),
                SchemeParityShards = (uint)(scheme?.ParityShards ?? 0),
                Nonce = id.Nonce,
                Acl = ObjectInfos.ToField(request.Acl),
                Encryption = encryption,
                InitiatorId = request.InitiatorId ?? "",
                RetentionMode = (uint)request.Lock.Retention.Mode,
                RetainUntilTicks = request.Lock.Retention.IsSet ? LockRules.UntilTicks(request.Lock.Retention) : 0,
                LegalHold = (uint)request.Lock.LegalHold,
            };
            transaction.PutRecord(SchemaKeys.Upload(bucket.Id, key, id.Content), record);
            var info = UploadRows.ToInfo(request.Bucket, request.Key, id, record);
            if (await engine.Lifecycle.GetAsync(transaction, bucket, ct) is not { } rules) return info;
            if (rules.AbortOf(key, now) is { } abort) transaction.Put(SchemaKeys.DueUpload(abort.DueTicks, bucket.Id, key, id.Content), ReadOnlyMemory<byte>.Empty);
            return info with { Abort = rules.AbortDateOf(key, now) };
        }, ct);
    }

    private async ValueTask<Failure?> CheckQuotaAsync(BucketRecord bucket, byte[] key, CancellationToken ct)
    {
        // Not in the transaction, which would conflict with every write.
        using var snapshot = engine.Store.Snapshot();
        return await QuotaRules.CheckObjectAsync(snapshot, bucket, key, lengthBytes: 0, ct);
    }

    /// <summary>The bucket, and a data key for all of its parts, made before the transaction, which may run several times.</summary>
    private async ValueTask<Result<(ulong BucketId, EncryptionRecord? Encryption)>> WrapKeyAsync(CreateUploadRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        var wanted = Keyring.Choose(request.Encryption, bucket);
        if (!wanted.IsOk) return wanted.Failure;
        var created = await engine.Keys.CreateAsync(wanted.Value, ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        return (bucket.Id, dataKey?.Record);
    }

    /// <summary>Makes the object of its parts; moves no bytes. A repeat after success answers the same while the object stands.</summary>
    public ValueTask<Result<WriteResult>> CompleteAsync(CompleteUploadRequest request, CancellationToken ct) => _completer.CompleteAsync(request, ct);

    public async ValueTask<Result<Done>> AbortAsync(string bucket, string key, string uploadId, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var found = await UploadRows.FindAsync(transaction, bucket, key, uploadId, ct);
            if (!found.IsOk) return found.Failure;
            var upload = found.Value;
            await UploadRows.GiveUpAsync(transaction, upload.Bucket, upload.Key, upload.Id.Content, engine.NowTicks(), ct);
            await UploadRows.ForgetDueAsync(engine.Lifecycle, transaction, upload, ct);
            return new Done();
        }, ct);

    private static ulong NewNonce()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    private static bool IsPossible(ChecksumAlgorithm algorithm, ChecksumType type) => (algorithm, type) switch
    {
        (ChecksumAlgorithm.None, _) => true,
        (ChecksumAlgorithm.Crc64Nvme, ChecksumType.Composite) => false,
        (_, ChecksumType.Composite) => true,
        (ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C or ChecksumAlgorithm.Crc64Nvme, ChecksumType.FullObject) => true,
        _ => false,
    };
}
