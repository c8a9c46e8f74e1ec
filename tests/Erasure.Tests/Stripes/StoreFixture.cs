using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;
using ObjectStore.TestKit;

namespace ObjectStore.Erasure.Tests.Stripes;

/// <summary>A blob store over drives in memory, with everything about it observable.</summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    private readonly FakeTime? _time;
    private uint _blobs;

    public StoreFixture(int drives, BlobStoreOptions? options = null, long poolBytes = 1L << 30, ulong seed = 1, TimeProvider? time = null)
    {
        Pool = new CountingBufferPool(poolBytes);
        Set = new DriveSet(seed);
        for (var i = 0; i < drives; i++)
            AddDrive();
        Options = options ?? Patient;
        _time = time as FakeTime;
        Store = new BlobStore(Set, Pool, Codecs, Findings, Options, time ?? TimeProvider.System);
    }

    /// <summary>No time plays a part: a busy machine does not make a drive late.</summary>
    public static BlobStoreOptions Patient { get; } = new()
    {
        WriteDeadline = TimeSpan.FromSeconds(60),
        WriteTimeout = TimeSpan.FromSeconds(60),
        HedgeFloor = TimeSpan.FromSeconds(60),
        ReadDeadline = TimeSpan.FromSeconds(60),
        ReadTimeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>Drives that hang are given up on soon; good drives in memory have plenty of time.</summary>
    public static BlobStoreOptions Hasty { get; } = new()
    {
        WriteDeadline = TimeSpan.FromMilliseconds(150),
        WriteTimeout = TimeSpan.FromMilliseconds(1000),
        HedgeFloor = TimeSpan.FromMilliseconds(30),
        ReadDeadline = TimeSpan.FromMilliseconds(150),
        ReadTimeout = TimeSpan.FromMilliseconds(1000),
    };

    public static CodecProvider Codecs { get; } = new(new CodecOptions());

    public BlobStoreOptions Options { get; }

    public List<InMemoryDrive> Drives { get; } = [];

    public DriveSet Set { get; }

    public CountingBufferPool Pool { get; }

    public RecordedFindings Findings { get; } = new();

    public BlobStore Store { get; }

    public InMemoryDrive AddDrive(FailureDomain? domain = null)
    {
        var drive = new InMemoryDrive(new DriveId(new Guid(Drives.Count + 1, 0, 0, new byte[8])));
        Drives.Add(drive);
        Set.Add(drive, domain ?? FailureDomain.Local);
        return drive;
    }

    public BlobId NextId() => new(7, ++_blobs, 0);

    public InMemoryDrive DriveOf(BlobLayout blob, int shard) => Drives.Single(drive => drive.Id == blob.Drives[shard]);

    public static byte[] Data(long length, int seed = 42)
    {
        var data = new byte[length];
        new Random(seed).NextBytes(data);
        return data;
    }

    public async Task<BlobLayout> WriteAsync(
        ReadOnlyMemory<byte> data, Scheme scheme, bool isLengthKnown = true, int maxStep = int.MaxValue, CancellationToken ct = default)
    {
        await using var writer = await Store.CreateAsync(NextId(), scheme, isLengthKnown ? data.Length : null, ct);
        await FillAsync(writer, data, maxStep, ct);
        return await writer.CommitAsync(new byte[] { 1, 2, 3 }, ct);
    }

    public static async Task FillAsync(IBlobWriter writer, ReadOnlyMemory<byte> data, int maxStep = int.MaxValue, CancellationToken ct = default)
    {
        while (data.Length > 0)
        {
            var free = writer.GetMemory();
            var count = Math.Min(maxStep, Math.Min(free.Length, data.Length));
            count.ShouldBeGreaterThan(0);
            data[..count].CopyTo(free);
            await writer.AdvanceAsync(count, ct);
            data = data[count..];
        }
    }

    public Task<byte[]> ReadAsync(BlobLayout blob) => ReadAsync(blob, 0, blob.LengthBytes);

    public async Task<byte[]> ReadAsync(BlobLayout blob, long offset, long length)
    {
        var (bytes, fault) = await TryReadAsync(blob, offset, length);
        if (fault is not null)
            throw fault;
        return bytes;
    }

    /// <summary>What was written to the pipe, also when the read failed.</summary>
    public async Task<(byte[] Bytes, BlobStoreException? Fault)> TryReadAsync(BlobLayout blob, long offset, long length, CancellationToken ct = default)
    {
        using var sink = new MemoryStream();
        var writer = PipeWriter.Create(sink, new StreamPipeWriterOptions(leaveOpen: true));
        BlobStoreException? fault = null;
        try
        {
            await Store.ReadAsync(blob, offset, length, writer, ct);
        }
        catch (BlobStoreException caught)
        {
            fault = caught;
        }

        await writer.CompleteAsync();
        return (sink.ToArray(), fault);
    }

    /// <summary>Waits until something that another thread is about to do is the case.</summary>
    public async Task WhenAsync(Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(1))
            waited.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60), "It did not come to be in a minute.");
    }

    /// <summary>Nothing may be left: no buffer out, no handle open, no write to a buffer that was given back.</summary>
    public async Task ShouldBeTidyAsync()
    {
        await Store.WhenIdleAsync().WaitAsync(TimeSpan.FromSeconds(60));
        // A read that lost a race lets go of its buffer when it ends, which nobody waits for.
        await WhenAsync(() => Pool.Outstanding == 0 && Drives.All(drive => drive.OpenHandles == 0));
        Pool.Outstanding.ShouldBe(0);
        Pool.Misuses.ShouldBe(0);
        Store.QuarantinedBytes.ShouldBe(0);
        foreach (var drive in Drives)
        {
            drive.OpenHandles.ShouldBe(0);
            drive.ForeignBlocksSeen.ShouldBe(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var drive in Drives)
            drive.EndHang();
        // What is slow ends, also where nobody waited for it any more.
        _time?.Advance(TimeSpan.FromHours(1));
        await ShouldBeTidyAsync();
        await Store.DisposeAsync();
    }
}

internal sealed class RecordedFindings : IShardFindings
{
    private readonly ConcurrentQueue<(BlobId Blob, int Shard, ShardDefect Defect)> _all = [];

    public IReadOnlyList<(BlobId Blob, int Shard, ShardDefect Defect)> All => [.. _all];

    public void Report(BlobLayout blob, int shard, ShardDefect defect) => _all.Enqueue((blob.Id, shard, defect));

    public void Clear() => _all.Clear();
}
