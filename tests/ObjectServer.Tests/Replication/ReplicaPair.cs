using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;

namespace ObjectStore.ObjectServer.Tests.Replication;

/// <summary>A version as the metadata have it, without what belongs to one store alone.</summary>
internal sealed record VersionImage(string Key, bool IsCurrent, string Record, string Parts, string Annotations)
{
    public override string ToString() => $"{Key}{(IsCurrent ? "*" : "")} {Record} {Parts} {Annotations}";
}

/// <summary>A store in memory, which versions can be carried to.</summary>
internal sealed class ReplicaStore(ObjectBench bench, string bucket) : ReplicaStoreOf(bench.Services, bucket)
{
    public ObjectBench Bench => bench;

    public static async Task<ReplicaStore> CreateAsync(int seed, string bucket = "replicated", bool locks = true, ObjectBench? on = null, IKeyManager? keys = null)
    {
        var bench = on ?? await ObjectBench.CreateAsync(seed: seed, keys: keys);
        (await bench.Services.Buckets.CreateAsync(new CreateBucketRequest { Name = bucket, OwnerId = "owner", Region = "us-east-1", ObjectLock = locks }, default)).IsOk.ShouldBeTrue();
        (await bench.Services.Buckets.SetVersioningAsync(bucket, VersioningState.Enabled, default)).IsOk.ShouldBeTrue();
        return new ReplicaStore(bench, bucket);
    }

}

/// <summary>One bucket of a store, as replication sees it.</summary>
internal class ReplicaStoreOf(ObjectServices services, string bucket)
{
    public ObjectServices Services => services;

    public string Bucket => bucket;

    public LocalReplicaTarget AsTarget() => new(Services, bucket, "owner", takesAcl: true);

    /// <summary>All versions of the bucket, newest first within each key.</summary>
    public async Task<List<(string Key, VersionRecord Record, bool IsCurrent)>> VersionsAsync()
    {
        var all = new List<(string Key, VersionRecord Record, bool IsCurrent)>();
        using var snapshot = Services.Engine.Store.Snapshot();
        var id = (await ObjectEngine.GetBucketAsync(snapshot, bucket, default))!.Id;
        foreach (var table in (byte[])[KvTables.CurrentVersions, KvTables.OtherVersions])
        {
            using var cursor = snapshot.Scan(SchemaKeys.OfBucket(table, id));
            while (await cursor.MoveNextAsync())
            {
                var key = new byte[2048];
                var name = Encoding.UTF8.GetString(key, 0, SchemaKeys.ReadObjectKey(cursor.Key, key));
                all.Add((name, VersionRecord.Parser.ParseFrom(cursor.Value), table == KvTables.CurrentVersions));
            }
        }
        return [.. all.OrderBy(version => version.Key, StringComparer.Ordinal).ThenByDescending(version => version.Record.Sequence)];
    }

    public async Task<List<string>> ImagesAsync()
    {
        var images = new List<string>();
        foreach (var (key, record, isCurrent) in await VersionsAsync())
        {
            var parts = record.PartCount == 0 ? "" : await PartsAsync(key, record);
            var annotations = await AnnotationsAsync(record);
            var own = record.Clone();
            own.Flags &= (uint)VersionFlags.DeleteMarker;
            (own.ContentId, own.Encryption, own.Annotations) = (Google.Protobuf.ByteString.Empty, null, null);
            (own.Compression, own.StoredLength) = (0, 0);
            own.Replication ??= new ReplicationRecord();
            (own.Replication.Status, own.Replication.AnnotationsTicks) = (0, 0);
            own.Replication.Destinations.Clear();
            images.Add(new VersionImage(key, isCurrent, own.ToString(), parts, annotations).ToString());
        }
        return images;
    }

    public async Task<ReplicaOutcome> SendAsync(string key, VersionRecord version, IReplicaTarget target, ReplicaParts parts = ReplicaParts.Version, string? storageClass = null)
    {
        using var snapshot = Services.Engine.Store.Snapshot();
        var id = (await ObjectEngine.GetBucketAsync(snapshot, bucket, default))!.Id;
        var task = new ReplicaTask(new ReplicaDestination { Bucket = bucket, StorageClass = storageClass }, bucket, id, key, version.Sequence, version.Nonce, parts);
        return await ReplicaSource.FindAsync(Services.Engine, task, default) is { } source
            ? await new ReplicaSender(Services, remotes: null).SendAsync(source, task, target, withAcl: true, default)
            : ReplicaOutcome.Gone;
    }

    /// <summary>As rules of replication would: from now on the times of changes are kept.</summary>
    public async Task MarkAsync(string key, string versionId)
    {
        ObjectEngine.TryEncodeKey(key, out var utf8).ShouldBeTrue();
        (await Services.Engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var row = (await ObjectEngine.GetBucketAsync(transaction, bucket, default))!;
            var found = (await VersionRows.FindAsync(transaction, row.Id, utf8, versionId, default)).Value;
            var versions = await KeyVersions.LoadAsync(Services.Engine.Lifecycle, transaction, row, utf8, Services.Engine.NowTicks(), default);
            found.Replication ??= new ReplicationRecord { Status = (uint)ReplicationStatus.Pending };
            versions.Restate(found);
            return new Done();
        }, default)).IsOk.ShouldBeTrue();
    }

    public async Task<byte[]> ReadAsync(string key, VersionRecord version)
    {
        var opened = await Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket, Key = key, VersionId = VersionId.NameOf(version) }, default);
        using var handle = opened.Value;
        return await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes);
    }

    private async Task<string> PartsAsync(string key, VersionRecord version)
    {
        using var handle = (await Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket, Key = key, VersionId = VersionId.NameOf(version) }, default)).Value;
        return string.Join(';', (await handle.ListPartsAsync(0, 1000, default)).Parts.Select(part =>
            $"{part.PartNumber} {part.OffsetBytes} {part.LengthBytes} {part.ETag} {part.LastModified:O} {(part.Checksum is { } checksum ? Convert.ToHexString(checksum.Value.Span) : "")}"));
    }

    private async Task<string> AnnotationsAsync(VersionRecord version)
    {
        if (version.Annotations is null) return "";
        var all = new StringBuilder();
        using var snapshot = Services.Engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.Annotations(ContentId.FromField(version.Annotations.Id)));
        while (await cursor.MoveNextAsync())
        {
            var record = AnnotationRecord.Parser.ParseFrom(cursor.Value);
            all.Append(Encoding.UTF8.GetString(SchemaKeys.AnnotationName(cursor.Key))).Append(' ').Append(record.Length).Append(' ').Append(record.Etag.ToBase64()).Append(' ')
                .Append(record.ModifiedTicks).Append(' ').Append(record.Deleted).Append(' ').Append(record.Checksum).Append(';');
        }
        return all.ToString();
    }
}
