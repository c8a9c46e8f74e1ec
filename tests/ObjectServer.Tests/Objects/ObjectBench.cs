using System.IO.Pipelines;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Background;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.TestKit.Blobs;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>The object service over stores in memory, with a clock that stands until it is moved.</summary>
internal sealed class ObjectBench
{
    public const string Bucket = "bucket";

    private readonly InMemoryKeyValueStore? _store;

    private ObjectBench(ObjectServices services, InMemoryKeyValueStore? store, InMemoryBlobStore blobs, ManualTime time)
    {
        Services = services;
        _store = store;
        Blobs = blobs;
        Time = time;
        Collector = new GarbageCollector(services.Engine);
        Lifecycle = NewRunner();
    }

    public ObjectServices Services { get; private set; }
    public InMemoryKeyValueStore Store => _store ?? throw new InvalidOperationException("The bench stands on a store of another kind.");
    public InMemoryBlobStore Blobs { get; }
    public ManualTime Time { get; }
    public GarbageCollector Collector { get; private set; }
    public LifecycleRunner Lifecycle { get; private set; }

    public static async Task<ObjectBench> CreateAsync(
        VersioningState versioning = VersioningState.Unversioned, int inlineLimitBytes = 16, int seed = 1, long minPartBytes = 1, int maxBlobBytes = 64 * 1024,
        IKeyValueStore? on = null, IKeyManager? keys = null, StorageClassTable? classes = null, int frameBytes = FrameFormat.FrameBytes, int compressionMinBytes = FrameFormat.MinContentBytes)
    {
        var store = on ?? new InMemoryKeyValueStore();
        var blobs = new InMemoryBlobStore { MaxBlobBytes = maxBlobBytes };
        var time = new ManualTime();
        var options = new ObjectServiceOptions { InlineLimitBytes = inlineLimitBytes, MinPartBytes = minPartBytes, CompressionFrameBytes = frameBytes, CompressionMinBytes = compressionMinBytes };
        var services = await ObjectServices.OpenAsync(store, blobs, options, time, new Random(seed), default, new Keyring(keys), classes);
        var bench = new ObjectBench(services, store as InMemoryKeyValueStore, blobs, time);
        await bench.CreateBucketAsync(Bucket, versioning);
        return bench;
    }

    /// <summary>Goes on over a store that was opened again. What was in memory only, such as blobs to be discarded, is forgotten.</summary>
    public async Task ReopenAsync(IKeyValueStore store, int seed, StorageClassTable? classes = null)
    {
        var (engine, random) = (Services.Engine, new Random(seed));
        Services = await ObjectServices.OpenAsync(store, Blobs, engine.Options, Time, random, default, engine.Keys, classes ?? engine.Classes);
        Collector = new GarbageCollector(Services.Engine);
        Lifecycle = NewRunner();
    }

    /// <summary>Does what is due by the rules of lifecycle.</summary>
    public async Task ExpireAsync()
    {
        while (await Lifecycle.PassAsync(default))
        {
        }
    }

    private LifecycleRunner NewRunner() => new(Services.Engine, new DueExecutor(Services.Engine), rowsPerSecond: 1e9);

    public async Task CreateBucketAsync(string name, VersioningState versioning = VersioningState.Unversioned)
    {
        (await Services.Buckets.CreateAsync(new CreateBucketRequest { Name = name, OwnerId = "owner", Region = "us-east-1" }, default)).IsOk.ShouldBeTrue();
        if (versioning != VersioningState.Unversioned) (await Services.Buckets.SetVersioningAsync(name, versioning, default)).IsOk.ShouldBeTrue();
    }

    public async Task<Result<WriteResult>> TryPutAsync(string key, byte[] body, WriteConditions conditions = default, string bucket = Bucket, IContentSource? source = null, ChecksumAlgorithm checksum = ChecksumAlgorithm.None) =>
        await Services.Writer.PutAsync(
            new PutRequest { Bucket = bucket, Key = key, Conditions = conditions, StoredChecksum = checksum, OwnerId = "owner" },
            source ?? new BytesSource(body), default);

    public async Task<WriteResult> PutAsync(string key, byte[] body, string bucket = Bucket) => (await TryPutAsync(key, body, bucket: bucket)).Value;

    public Task<WriteResult> PutAsync(string key, string body, string bucket = Bucket) => PutAsync(key, Encoding.UTF8.GetBytes(body), bucket);

    public async Task<Result<byte[]>> TryGetAsync(string key, string? versionId = null, string bucket = Bucket)
    {
        var opened = await Services.Reader.OpenAsync(new ReadRequest { Bucket = bucket, Key = key, VersionId = versionId }, default);
        if (!opened.IsOk) return opened.Failure;
        using var handle = opened.Value;
        return await ReadAsync(handle, 0, handle.Info.LengthBytes);
    }

    public async Task<byte[]> GetAsync(string key, string? versionId = null, string bucket = Bucket) => (await TryGetAsync(key, versionId, bucket)).Value;

    public static async Task<byte[]> ReadAsync(ObjectHandle handle, long offset, long length)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await handle.ReadAsync(offset, length, pipe.Writer, default);
        await pipe.Writer.CompleteAsync();
        using var bytes = new MemoryStream();
        await pipe.Reader.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public async Task<DeleteResult> DeleteAsync(string key, string? versionId = null, string bucket = Bucket) =>
        (await Services.Deleter.DeleteAsync(new DeleteRequest { Bucket = bucket, Key = key, VersionId = versionId }, default)).Value;

    /// <summary>A copy whose headers are replaced, so that it may be one onto itself.</summary>
    public async Task<Result<CopyResult>> CopyAsync(string from, string to, string? versionId = null) => await Services.Copier.CopyAsync(
        new CopyRequest { SourceBucket = Bucket, SourceKey = from, SourceVersionId = versionId, Bucket = Bucket, Key = to, ReplaceHeaders = ObjectHeaders.Empty }, default);

    /// <summary>An object uploaded in parts.</summary>
    public async Task<WriteResult> PutPartsAsync(string key, params byte[][] parts)
    {
        var upload = await BeginAsync(key);
        var listed = new List<ListedPart>();
        for (var i = 0; i < parts.Length; i++) listed.Add(new ListedPart(i + 1, (await UploadAsync(upload, i + 1, parts[i])).ETag));
        return (await CompleteAsync(upload, listed)).Value;
    }

    public async Task<UploadInfo> BeginAsync(string key, ChecksumAlgorithm algorithm = ChecksumAlgorithm.None, ChecksumType type = ChecksumType.FullObject) =>
        (await Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = Bucket, Key = key, ChecksumAlgorithm = algorithm, ChecksumType = type }, default)).Value;

    public async Task<PartResult> UploadAsync(UploadInfo upload, int number, byte[] body) => (await Services.Parts.UploadAsync(
        new UploadPartRequest { Bucket = Bucket, Key = upload.Key, UploadId = upload.UploadId, PartNumber = number }, new BytesSource(body), default)).Value;

    public ValueTask<Result<WriteResult>> CompleteAsync(UploadInfo upload, IReadOnlyList<ListedPart> parts, WriteConditions conditions = default) =>
        Services.Multipart.CompleteAsync(
            new CompleteUploadRequest { Bucket = Bucket, Key = upload.Key, UploadId = upload.UploadId, Parts = parts, Conditions = conditions }, default);

    public async Task<CollectionResult> CollectAllAsync()
    {
        Time.Advance(TimeSpan.FromHours(1));
        return await Collector.CollectAsync(default);
    }

    /// <summary>References, garbage and counters agree, and each blob that is stored is spoken of.</summary>
    public async Task ShouldBeSoundAsync(string? because = null)
    {
        using var snapshot = Services.Engine.Store.Snapshot();
        var problems = await new MetadataCheck(snapshot).RunAsync(default);
        problems.ShouldBeEmpty(because);
        (await new DueCheck(snapshot, Services.Engine.Lifecycle, Services.Engine.NowTicks()).RunAsync(default)).ShouldBeEmpty(because);
    }

    /// <summary>First bytes of the keys of all rows.</summary>
    public async Task<List<byte>> TablesAsync()
    {
        using var snapshot = Services.Engine.Store.Snapshot();
        using var cursor = snapshot.Scan(new KeyRange(new byte[] { 0 }, default));
        var tables = new List<byte>();
        while (await cursor.MoveNextAsync()) tables.Add(cursor.Key[0]);
        return tables;
    }

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public void Advance(TimeSpan by) => _now += by;

    public override DateTimeOffset GetUtcNow() => _now;
}

/// <summary>A body in memory, handed out in uneven pieces.</summary>
internal sealed class BytesSource(byte[] bytes, bool lengthKnown = true, int pieceBytes = 3000) : IContentSource
{
    private int _position;

    public long? LengthBytes => lengthKnown ? AnnouncedBytes ?? bytes.Length : null;

    public long? AnnouncedBytes { get; init; }

    public ChecksumSet Digests { get; init; }

    public Func<ComputedDigests, Failure?>? Check { get; init; }

    public ComputedDigests? Seen { get; private set; }

    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        destination.Length.ShouldBeGreaterThan(0);
        var count = Math.Min(Math.Min(pieceBytes, destination.Length), bytes.Length - _position);
        bytes.AsMemory(_position, count).CopyTo(destination);
        _position += count;
        return new(count);
    }

    public Failure? Verify(ComputedDigests digests)
    {
        Seen = digests;
        return Check?.Invoke(digests);
    }
}
