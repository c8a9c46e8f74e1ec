using System.Globalization;
using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Objects;

/// <summary>A content that is in a tier and nobody's yet.</summary>
/// <param name="Record">Its row, without an owner.</param>
/// <param name="Garbage">The row of garbage that it goes with if it never becomes somebody's.</param>
internal sealed record SentContent(ContentId Id, ContentRecord Record, byte[] Garbage)
{
    /// <summary>Gives it an owner, in the transaction that needs it.</summary>
    /// <exception cref="KvException">It took too long.</exception>
    public async ValueTask PutAsync(IKvTransaction transaction, ContentOwner owner, ulong nowTicks, CancellationToken ct)
    {
        await MovedContent.CheckStandsAsync(transaction, Garbage, nowTicks, ct);
        transaction.Delete(Garbage);
        var record = Record.Clone();
        record.Owner = owner;
        transaction.PutRecord(SchemaKeys.Content(Id), record);
    }
}

/// <summary>
/// Sends contents to tiers: first rows that say what will be there, and as garbage of a day ahead; then the bytes. So whatever a crash leaves there has a row,
/// by which it is deleted.
/// </summary>
internal sealed class TierSender(ObjectEngine engine)
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Checksums of blocks stand in one row.</summary>
    private const int MaxBlocks = 16_384;

    /// <param name="version">That it is of.</param>
    /// <param name="part">Number of the part that it is; 0 for all of the version.</param>
    /// <param name="form">What the bytes mean.</param>
    /// <exception cref="TierException">It is not there, or not surely.</exception>
    public async ValueTask<SentContent> SendAsync(
        Tier tier, VersionRecord version, string bucket, byte[] key, int part, long lengthBytes, ContentForm form, TimeSpan limit, TierSource source, CancellationToken ct)
    {
        var id = engine.Ids.Next();
        // Not freed under its own sending, however long that takes.
        engine.Pins.Pin(id);
        try
        {
            var record = new ContentRecord { Kind = ContentKinds.Remote, Length = (ulong)lengthBytes, ChunkCount = 1, Remote = tier.PlaceOf(bucket, key, id) };
            record.Compression = form.Compression;
            if (!form.SealedAs.IsNone) record.SealedAs = ByteString.CopyFrom(form.SealedAs.ToBytes());
            var garbage = await NoteAsync(tier, record, id, part == 0 ? tier.PlainKey(bucket, key, version) : null, limit, ct);
            var sums = new BlockSums(lengthBytes);
            try
            {
                var versionId = await engine.Tiers.Store.PutAsync(
                    record.Remote, tier, lengthBytes, async (offset, length, token) => sums.Watch(await source(offset, length, token), offset), HeadersOf(version, bucket, key, part), ct);
                record.Remote.VersionId = versionId ?? "";
            }
            catch
            {
                await GiveUpAsync(garbage, CancellationToken.None);
                throw;
            }
            record.Remote.BlockBytes = (uint)sums.BlockBytes;
            record.Remote.BlockCrcs.AddRange(sums.Values);
            return new SentContent(id, record, garbage);
        }
        finally
        {
            engine.Pins.Unpin(id);
        }
    }

    /// <summary>What nobody will need is due at once, unless somebody has taken it.</summary>
    public async ValueTask GiveUpAsync(byte[] garbage, CancellationToken ct) => await engine.Transactions.RunAsync<Done>(async transaction =>
    {
        if (await transaction.GetAsync(garbage, ct) is not { } row) return new Done();
        transaction.Delete(garbage);
        transaction.Put(SchemaKeys.Garbage(engine.NowTicks(), SchemaKeys.TrailingContent(garbage)), row);
        return new Done();
    }, ct);

    private async ValueTask<byte[]> NoteAsync(Tier tier, ContentRecord record, ContentId id, string? plainKey, TimeSpan limit, CancellationToken ct)
    {
        var garbage = SchemaKeys.Garbage((engine.Time.GetUtcNow() + limit).ToTicks(), id);
        var uniqueKey = record.Remote.Key;
        var done = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            if (await transaction.GetAsync(SchemaKeys.Tier(tier.StorageClass), ct) is null) return ObjectFault.InvalidStorageClass;
            (record.Remote.Key, record.Remote.IsNamed) = (uniqueKey, false);
            if (plainKey is not null && TierKeys.Name(tier.StorageClass, record.Remote.Bucket, plainKey) is var name && await transaction.GetAsync(name, ct) is null)
            {
                transaction.Put(name, id.ToBytes());
                (record.Remote.Key, record.Remote.IsNamed) = (plainKey, true);
            }
            transaction.PutRecord(SchemaKeys.Content(id), record);
            transaction.PutRecord(garbage, new GarbageRecord { Kind = GarbageKinds.Content });
            transaction.Add(SchemaKeys.TierCount(tier.StorageClass), 1);
            return new Done();
        }, ct);
        return done.IsOk ? garbage : throw new KvException(KvFault.Unavailable, $"A move to {tier.StorageClass} could not be begun: {done.Fault}.");
    }

    /// <summary>For people who find it there.</summary>
    private static List<(string Name, string Value)> HeadersOf(VersionRecord version, string bucket, byte[] key, int part)
    {
        var source = $"{bucket}/{Uri.EscapeDataString(Encoding.UTF8.GetString(key))}?versionId={VersionId.NameOf(version)}";
        if (part > 0) source += $"&partNumber={part.ToString(CultureInfo.InvariantCulture)}";
        var headers = new List<(string, string)> { ("x-amz-meta-objectstore-source", source) };
        if (version.Encryption is null && part == 0 && version.Headers is { ContentType.Length: > 0 }) headers.Add(("Content-Type", version.Headers.ContentType));
        return headers;
    }

    /// <summary>Checksums of blocks, taken while they are sent; again where they are sent again.</summary>
    private sealed class BlockSums
    {
        private readonly uint[] _values;
        private readonly long _lengthBytes;

        public BlockSums(long lengthBytes)
        {
            _lengthBytes = lengthBytes;
            BlockBytes = TierSender.BlockBytes;
            while (lengthBytes / BlockBytes >= MaxBlocks) BlockBytes *= 2;
            _values = new uint[(lengthBytes + BlockBytes - 1) / BlockBytes];
        }

        public int BlockBytes { get; }

        public IEnumerable<uint> Values => _values;

        /// <param name="offset">Where a block begins.</param>
        public Stream Watch(Stream stream, long offset) => new SummedStream(stream, offset, this);

        private void Append(ref long at, ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var (block, within) = ((int)(at / BlockBytes), (int)(at % BlockBytes));
                var count = Math.Min(bytes.Length, BlockBytes - within);
                _values[block] = Crc32C.Append(within == 0 ? 0 : _values[block], bytes[..count]);
                at += count;
                bytes = bytes[count..];
            }
            System.Diagnostics.Debug.Assert(at <= _lengthBytes);
        }

        private sealed class SummedStream(Stream inner, long offset, BlockSums sums) : Stream
        {
            private long _at = offset;

            public override bool CanRead => true;

            public override bool CanSeek => false;

            public override bool CanWrite => false;

            public override long Length => throw new NotSupportedException();

            public override long Position
            {
                get => throw new NotSupportedException();
                set => throw new NotSupportedException();
            }

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                var count = await inner.ReadAsync(buffer, cancellationToken);
                sums.Append(ref _at, buffer.Span[..count]);
                return count;
            }

            public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
                ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override async ValueTask DisposeAsync()
            {
                await inner.DisposeAsync();
                await base.DisposeAsync();
            }

            public override void Flush() => throw new NotSupportedException();

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        }
    }
}
