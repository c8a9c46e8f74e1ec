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
using Microsoft.Extensions.Logging.Abstractions;

namespace ObjectStore.ObjectServer.Tests.Background;

/// <summary>Six drives and metadata in memory that outlive a server, and the server over them, which can be killed and begun anew.</summary>
internal sealed class StoreBench : IAsyncDisposable
{
    public const string Bucket = "bucket";

    private readonly AlignedBufferPool _pool = new(256 << 20);

    public List<InMemoryDrive> Drives { get; } = [.. Enumerable.Range(1, 6).Select(i => new InMemoryDrive(new DriveId(new Guid(i, 0, 0, new byte[8]))))];
    public InMemoryKeyValueStore Store { get; } = new();
    public ManualTime Time { get; } = new();
    public DriveSet Set { get; private set; } = null!;
    public RedundancyLedger Ledger { get; private set; } = null!;
    public BlobStore Blobs { get; private set; } = null!;
    public ObjectServices Services { get; private set; } = null!;
    public BlobRepairer Repairer { get; private set; } = null!;
    public Roster StoreRoster { get; private set; } = null!;
    public GarbageCollector Garbage { get; private set; } = null!;
    public ObjectEngine Engine => Services.Engine;

    public int ShardCount => Drives.Sum(drive => drive.ShardCount);

    public static async Task<StoreBench> OpenAsync()
    {
        var bench = new StoreBench();
        await bench.StartAsync(bench.Drives);
        (await bench.Services.Buckets.CreateAsync(new CreateBucketRequest { Name = Bucket, OwnerId = "owner", Region = "r" }, default)).IsOk.ShouldBeTrue();
        return bench;
    }

    /// <summary>A server in a session of its own. The one before is forgotten as it stands, as a kill does.</summary>
    public async Task StartAsync(IReadOnlyList<InMemoryDrive> drives)
    {
        Set = new DriveSet(seed: 1);
        foreach (var drive in drives) Set.Add(drive, FailureDomain.Local);
        Ledger = new RedundancyLedger(Store, Time);
        // No time plays a part: a busy machine does not make a drive late.
        var patience = TimeSpan.FromSeconds(60);
        var options = new BlobStoreOptions { WriteDeadline = patience, WriteTimeout = patience, HedgeFloor = patience, ReadDeadline = patience, ReadTimeout = patience };
        Blobs = new BlobStore(Set, _pool, new CodecProvider(new CodecOptions()), Ledger, options, TimeProvider.System);
        Services = await ObjectServices.OpenAsync(Store, Blobs, new ObjectServiceOptions { InlineLimitBytes = 16 }, Time, new Random(1), default);
        Repairer = new BlobRepairer(Blobs);
        StoreRoster = new Roster(Set, Drives.Count);
        Garbage = new GarbageCollector(Engine, StoreRoster);
    }

    public OrphanCollector NewCollector(OrphanOptions? options = null) =>
        new(Engine, StoreRoster, new ShardVerifier(Repairer), options ?? new OrphanOptions { ShardsPerSecond = 1_000_000 }, NullLogger.Instance);

    public Task<Result<WriteResult>> TryPutAsync(string key, byte[] body) => TryPutAsync(key, new BytesSource(body, pieceBytes: 50_000));

    public async Task<Result<WriteResult>> TryPutAsync(string key, IContentSource source) =>
        await Services.Writer.PutAsync(new PutRequest { Bucket = Bucket, Key = key }, source, default);

    public async Task PutAsync(string key, byte[] body) => (await TryPutAsync(key, body)).Fault.ShouldBe(ObjectFault.None);

    public async Task<Result<byte[]>> TryGetAsync(string key)
    {
        var opened = await Services.Reader.OpenAsync(new ReadRequest { Bucket = Bucket, Key = key }, default);
        if (!opened.IsOk) return opened.Failure;
        using var handle = opened.Value;
        return await ObjectBench.ReadAsync(handle, 0, handle.Info.LengthBytes);
    }

    public async Task DeleteAsync(string key) =>
        (await Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = Bucket, Key = key }, default)).IsOk.ShouldBeTrue();

    public async Task<CollectionResult> CollectGarbageAsync()
    {
        Time.Advance(TimeSpan.FromHours(1));
        return await Garbage.CollectAsync(default);
    }

    /// <summary>Every shard that lies on a drive now.</summary>
    public static async Task<List<ShardInfo>> ShardsAsync(InMemoryDrive drive)
    {
        var shards = new List<ShardInfo>();
        await foreach (var shard in drive.EnumerateAsync(default, default)) shards.Add(shard);
        return shards;
    }

    /// <summary>A blob on all drives that no row speaks of, as a kill before the commit leaves it. Its id stays in flight in this session.</summary>
    public async Task<BlobId> WriteBlobAsync(int lengthBytes, int seed)
    {
        var content = Engine.Ids.Begin();
        var id = new BlobId(content.Session, content.Number, 0);
        await using var writer = await Blobs.CreateAsync(id, Blobs.DefaultScheme, lengthBytes, default);
        var bytes = ObjectBench.Bytes(lengthBytes, seed).AsMemory();
        while (!bytes.IsEmpty)
        {
            var memory = writer.GetMemory();
            var count = Math.Min(memory.Length, bytes.Length);
            bytes[..count].CopyTo(memory);
            await writer.AdvanceAsync(count, default);
            bytes = bytes[count..];
        }
        await writer.CommitAsync(default, default);
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await Blobs.DisposeAsync();
        _pool.Dispose();
    }

    internal sealed class Roster(DriveSet set, int total) : IStoreRoster
    {
        private int _looks;

        /// <summary>A gap of another kind, such as a metadata mirror.</summary>
        public string? OtherGap { get; set; }

        /// <summary>Looks that find no gap before one opens.</summary>
        public int GapAfterLooks { get; set; } = int.MaxValue;

        public string? Gap
        {
            get
            {
                if (OtherGap is not null) return OtherGap;
                if (_looks++ >= GapAfterLooks) return "a drive has just gone";
                return set.UsableCount == total ? null : "a drive is away";
            }
        }

        public IReadOnlyList<IDrive> Serving
        {
            get
            {
                var serving = new List<IDrive>();
                foreach (var status in set.GetStatus())
                    if (status.IsUsable && set.TryGet(status.Id, out var drive)) serving.Add(drive);
                return serving;
            }
        }
    }
}
