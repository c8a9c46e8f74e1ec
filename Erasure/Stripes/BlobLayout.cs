using System.Collections.Immutable;
using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// Everything needed to read a blob back, as its row in the metadata records it. Placement is recorded,
/// never computed.
/// </summary>
/// <param name="LengthBytes">Bytes of data in the blob, at most k × <see cref="ShardLayout.MaxShardBytes"/>.</param>
/// <param name="Drives">The drive of each of the k+m shards, in shard order; also of those that are missing.</param>
/// <param name="Roots">Root checksum of each shard: a rebuilt shard is committed only if its root is equal.</param>
/// <param name="Missing">Shards that were not durable at commit: they belong into the redundancy ledger.</param>
public sealed record BlobLayout(
    BlobId Id,
    Scheme Scheme,
    long LengthBytes,
    ImmutableArray<DriveId> Drives,
    ImmutableArray<ulong> Roots,
    ImmutableArray<int> Missing);
