using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Repair;
using ObjectStore.Erasure.Sets;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Background;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;
using ObjectStore.Storage.Buffers;
using ObjectStore.TestKit;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.ObjectServer.Tests.Background;

/// <summary>The object service over the real blob store and drives in memory.</summary>
public sealed class DriveRepairerTests
{
    [Fact]
    public async Task What_a_lost_drive_lacks_is_healed_when_it_is_back_and_then_the_ledger_is_empty()
    {
        await using var house = await House.OpenAsync();
        var body = ObjectBench.Bytes(3_000_000, 1);
        await house.PutAsync("before", body);
        house.Drives[2].Latch("pulled");
        await house.PutAsync("during", body);
        (await house.GetAsync("before")).ShouldBe(body);
        (await house.GetAsync("during")).ShouldBe(body);
        await house.Ledger.FlushAsync(default);
        var healer = new Healer(house.Services.Engine, new DriveRepairer(new BlobRepairer(house.Blobs), house.Set));
        var away = await healer.HealAsync(default);
        (away.Healed, away.Obsolete).ShouldBe((0, 0));

        house.Drives[2].Unlatch();
        await healer.HealAsync(default);
        house.LedgerRows.ShouldBe(0);
        house.Drives[0].Latch("pulled");
        house.Drives[5].Latch("pulled");
        (await house.GetAsync("before")).ShouldBe(body);
        (await house.GetAsync("during")).ShouldBe(body);
    }

    [Fact]
    public async Task A_shard_that_a_reader_finds_damaged_is_read_around_noted_and_healed()
    {
        await using var house = await House.OpenAsync();
        var body = ObjectBench.Bytes(1_000_000, 1);
        await house.PutAsync("k", body);
        var blob = new MetadataBlobs(house.Store).Single();
        for (var shard = 0; shard < 2; shard++)
        {
            var drive = house.Drives.Single(d => d.Has(blob, shard));
            drive.Corrupt(blob, shard, atByte: 1000);
        }
        (await house.GetAsync("k")).ShouldBe(body);
        await house.Ledger.FlushAsync(default);
        house.LedgerRows.ShouldBe(2);
        var healed = await new Healer(house.Services.Engine, new DriveRepairer(new BlobRepairer(house.Blobs), house.Set)).HealAsync(default);
        healed.ShouldBe(new HealingResult(2, 0, 0));
        house.Drives[0].Latch("pulled");
        house.Drives[1].Latch("pulled");
        (await house.GetAsync("k")).ShouldBe(body);
    }

    [Fact]
    public async Task Deleting_frees_the_shards_on_every_drive()
    {
        await using var house = await House.OpenAsync();
        await house.PutAsync("k", ObjectBench.Bytes(1_000_000, 1));
        house.Drives.Sum(d => d.ShardCount).ShouldBe(6);
        await house.Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = "bucket", Key = "k" }, default);
        house.Time.Advance(TimeSpan.FromHours(1));
        (await new GarbageCollector(house.Services.Engine).CollectAsync(default)).Blobs.ShouldBe(1);
        house.Drives.Sum(d => d.ShardCount).ShouldBe(0);
    }

    private sealed class MetadataBlobs(InMemoryKeyValueStore store)
    {
        public BlobId Single()
        {
            using var snapshot = store.Snapshot();
            var check = new MetadataCheck(snapshot);
            check.RunAsync(default).AsTask().GetAwaiter().GetResult().ShouldBeEmpty();
            return check.Blobs.Single();
        }
    }

    private sealed class House : IAsyncDisposable
    {
        private readonly AlignedBufferPool _pool = new(256 << 20);

        public List<InMemoryDrive> Drives { get; } = [];
        public DriveSet Set { get; } = new(seed: 1);
        public InMemoryKeyValueStore Store { get; private init; } = null!;
        public ManualTime Time { get; } = new();
        public RedundancyLedger Ledger { get; private init; } = null!;
        public BlobStore Blobs { get; private set; } = null!;
        public ObjectServices Services { get; private set; } = null!;

        public int LedgerRows => Store.Rows.Count(row => row.Key[0] == KvTables.LostShards);

        public static async Task<House> OpenAsync()
        {
            var store = new InMemoryKeyValueStore();
            var house = new House { Store = store, Ledger = new RedundancyLedger(store, TimeProvider.System) };
            for (var i = 1; i <= 6; i++)
            {
                house.Drives.Add(new InMemoryDrive(new DriveId(new Guid(i, 0, 0, new byte[8]))));
                house.Set.Add(house.Drives[^1], FailureDomain.Local);
            }
            // No time plays a part: a busy machine does not make a drive late.
            var patience = TimeSpan.FromSeconds(60);
            var options = new BlobStoreOptions { WriteDeadline = patience, WriteTimeout = patience, HedgeFloor = patience, ReadDeadline = patience, ReadTimeout = patience };
            house.Blobs = new BlobStore(house.Set, house._pool, new CodecProvider(new CodecOptions()), house.Ledger, options, TimeProvider.System);
            house.Services = await ObjectServices.OpenAsync(store, house.Blobs, new ObjectServiceOptions(), house.Time, new Random(1), default);
            (await house.Services.Buckets.CreateAsync(new CreateBucketRequest { Name = "bucket", OwnerId = "owner", Region = "r" }, default)).IsOk.ShouldBeTrue();
            return house;
        }

        public async Task PutAsync(string key, byte[] body) =>
            (await Services.Writer.PutAsync(new PutRequest { Bucket = "bucket", Key = key }, new BytesSource(body, pieceBytes: 50_000), default)).Fault.ShouldBe(ObjectFault.None);

        public async Task<byte[]> GetAsync(string key)
        {
            using var handle = (await Services.Reader.OpenAsync(new ReadRequest { Bucket = "bucket", Key = key }, default)).Value;
            return await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes);
        }

        public async ValueTask DisposeAsync()
        {
            await Blobs.DisposeAsync();
            _pool.Dispose();
        }
    }
}
