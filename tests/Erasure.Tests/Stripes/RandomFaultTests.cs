using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Repair;
using ObjectStore.Erasure.Stripes;
using ObjectStore.TestKit;

namespace ObjectStore.Erasure.Tests.Stripes;

/// <summary>
/// Random writes, reads, rebuilds and faults, checked against what was written. One drive is at fault at a time; with
/// a shard that a write left out earlier that makes at most m, so every read must give the bytes.
/// </summary>
public sealed class RandomFaultTests
{
    private static readonly Scheme Scheme = new(4, 2);

    [Theory]
    [InlineData(101)]
    [InlineData(102)]
    [InlineData(103)]
    [InlineData(104)]
    [InlineData(105)]
    [InlineData(106)]
    public async Task Random_faults_never_lose_or_change_a_byte(int seed)
    {
        var random = new Random(seed);
        await using var fixture = new StoreFixture(7, StoreFixture.Hasty with { ReadTimeout = TimeSpan.FromSeconds(60), WriteTimeout = TimeSpan.FromSeconds(60) }, seed: (ulong)seed);
        var repairer = new BlobRepairer(fixture.Store);
        var blobs = new List<(BlobLayout Blob, byte[] Data)>();
        var faulty = new List<InMemoryDrive>();
        for (var step = 0; step < 60; step++)
        {
            var what = $"seed {seed}, step {step}";
            switch (random.Next(6))
            {
                case 0 when faulty.Count < 1:
                    faulty.Add(Break(fixture.Drives[random.Next(7)], random));
                    break;
                case 0 or 1 when faulty.Count > 0:
                    await MendAsync(fixture, faulty, blobs, repairer, what);
                    break;
                case 2 or 3:
                    var data = StoreFixture.Data(random.Next(3) == 0 ? random.Next(1, 6_000_000) : random.Next(1, 200_000), step);
                    try
                    {
                        blobs.Add((await fixture.WriteAsync(data, Scheme, random.Next(2) == 0), data));
                    }
                    catch (BlobStoreException fault) when (fault.Fault == BlobStoreFault.TooFewDrives && faulty.Count > 0)
                    {
                        // Allowed while drives fail: nothing counts then.
                    }

                    break;
                default:
                    if (blobs.Count > 0)
                        await CheckAsync(fixture, blobs[random.Next(blobs.Count)], random, what);
                    break;
            }
        }

        await MendAsync(fixture, faulty, blobs, repairer, $"seed {seed}, end");
        foreach (var entry in blobs)
            await CheckAsync(fixture, entry, random, $"seed {seed}, end");
    }

    private static InMemoryDrive Break(InMemoryDrive drive, Random random)
    {
        var operations = random.Next(3) switch { 0 => DriveOperation.Reads, 1 => DriveOperation.Writes, _ => DriveOperation.All };
        switch (random.Next(4))
        {
            case 0: drive.FailOn(operations); break;
            case 1: drive.HangOn(operations); break;
            case 2: drive.SlowOn(operations, TimeSpan.FromMilliseconds(random.Next(1, 250))); break;
            default: drive.Latch("random"); break;
        }

        return drive;
    }

    /// <summary>All drives are well again, and what the blobs lack is rebuilt: one drive's faults never meet the next one's.</summary>
    private static async Task MendAsync(
        StoreFixture fixture, List<InMemoryDrive> faulty, List<(BlobLayout Blob, byte[] Data)> blobs, BlobRepairer repairer, string what)
    {
        foreach (var drive in faulty)
        {
            drive.FailOn(DriveOperation.None);
            drive.SlowOn(DriveOperation.None, TimeSpan.Zero);
            drive.Unlatch();
            drive.EndHang();
        }

        faulty.Clear();
        await fixture.ShouldBeTidyAsync();
        foreach (var (blob, _) in blobs)
        {
            foreach (var shard in blob.Missing)
            {
                if (await repairer.VerifyShardAsync(blob, shard, default) == ShardState.Ok)
                    continue;
                (await repairer.RebuildShardAsync(blob, shard, fixture.DriveOf(blob, shard), default, default)).IsRebuilt.ShouldBeTrue(what);
            }

            (await repairer.VerifyAsync(blob, default)).IsWhole.ShouldBeTrue(what);
        }
    }

    private static async Task CheckAsync(StoreFixture fixture, (BlobLayout Blob, byte[] Data) entry, Random random, string what)
    {
        var from = random.Next(entry.Data.Length);
        var length = random.Next(2) == 0 ? entry.Data.Length - from : random.Next(entry.Data.Length - from);
        var read = await fixture.ReadAsync(entry.Blob, from, length).WaitAsync(TimeSpan.FromSeconds(60));
        read.AsSpan().SequenceEqual(entry.Data.AsSpan(from, length)).ShouldBeTrue(what);
    }
}
