using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;
using ObjectStore.TestKit;

namespace ObjectStore.Erasure.Tests.Stripes;

public sealed class ReadFaultTests
{
    private const int Block = ShardLayout.BlockSizeBytes;
    private static readonly Scheme FourPlusTwo = new(4, 2);

    private enum Damage { Lost, Corrupt, Eio, Latched, Removed, Misplaced }

    public static TheoryData<int, int> Schemes => new() { { 1, 2 }, { 2, 2 }, { 4, 2 }, { 8, 3 }, { 3, 1 } };

    [Theory]
    [MemberData(nameof(Schemes))]
    public async Task Any_m_bad_shards_read_byte_identical_and_are_reported_once(int k, int m)
    {
        var random = new Random(k * 10 + m);
        foreach (var shards in Subsets(k + m, m).OrderBy(_ => random.Next()).Take(20))
        {
            await using var fixture = new StoreFixture(k + m);
            var data = StoreFixture.Data(9L * k * Block + 1234);
            var blob = await fixture.WriteAsync(data, new Scheme(k, m));
            var damages = shards.ToDictionary(shard => shard, _ => (Damage)random.Next(6));
            foreach (var (shard, damage) in damages)
                Harm(fixture, blob, shard, damage, random);

            (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
            // Every bad data shard is found; a bad parity shard only if it was asked.
            fixture.Findings.All.Count.ShouldBe(fixture.Findings.All.Distinct().Count());
            foreach (var (shard, damage) in damages.Where(pair => pair.Key < k))
                fixture.Findings.All.ShouldContain((blob.Id, shard, Expected(damage)));
            foreach (var finding in fixture.Findings.All)
                finding.Defect.ShouldBe(Expected(damages[finding.Shard]));

            for (var i = 0; i < 10; i++)
            {
                var from = random.NextInt64(data.Length);
                var length = random.NextInt64(data.Length - from);
                (await fixture.ReadAsync(blob, from, length)).AsSpan().SequenceEqual(data.AsSpan((int)from, (int)length)).ShouldBeTrue($"{from}+{length}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public async Task Invariant_7_More_than_m_lost_shards_gives_a_typed_error_never_a_deletion(int k, int m)
    {
        var random = new Random(k * 10 + m);
        foreach (var shards in Subsets(k + m, m + 1).OrderBy(_ => random.Next()).Take(12))
        {
            await using var fixture = new StoreFixture(k + m);
            var data = StoreFixture.Data(9L * k * Block + 1234);
            var blob = await fixture.WriteAsync(data, new Scheme(k, m));
            foreach (var shard in shards)
                Harm(fixture, blob, shard, (Damage)random.Next(6), random);
            var before = fixture.Drives.Sum(drive => drive.ShardCount);

            var (bytes, fault) = await fixture.TryReadAsync(blob, 0, data.Length);
            // All data shards may be good; then there is nothing to rebuild.
            if (shards.Any(shard => shard < k))
                fault.ShouldNotBeNull().Fault.ShouldBe(BlobStoreFault.Unreadable);
            data.AsSpan().StartsWith(bytes).ShouldBeTrue();
            fixture.Drives.Sum(drive => drive.ShardCount).ShouldBe(before);
            fixture.Drives.Sum(drive => drive.Calls(DriveOperation.Delete)).ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public async Task Invariant_3_No_byte_that_fails_its_checksum_is_ever_written(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 12; round++)
        {
            var scheme = new Scheme(random.Next(1, 6), random.Next(0, 4));
            await using var fixture = new StoreFixture(scheme.TotalShards);
            var data = StoreFixture.Data(random.Next(1, 4_000_000), seed + round);
            var blob = await fixture.WriteAsync(data, scheme);
            for (var flips = random.Next(1, 8); flips > 0; flips--)
            {
                var shard = random.Next(scheme.TotalShards);
                var at = random.NextInt64(BlobGeometry.ShardBytes(scheme, data.Length));
                fixture.DriveOf(blob, shard).Corrupt(blob.Id, shard, at, random.Next(8));
            }

            var from = random.Next(data.Length);
            var length = random.Next(data.Length - from);
            var (bytes, fault) = await fixture.TryReadAsync(blob, from, length);
            data.AsSpan(from, length).StartsWith(bytes).ShouldBeTrue($"seed {seed}, round {round}, {scheme}");
            (fault is null).ShouldBe(bytes.Length == length, $"seed {seed}, round {round}, {scheme}");
        }
    }

    [Fact]
    public async Task A_shard_that_is_known_to_be_missing_is_not_reported_again()
    {
        await using var fixture = new StoreFixture(6);
        fixture.Drives[2].FailOn(DriveOperation.Commit);
        var data = StoreFixture.Data(500_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        fixture.Drives[2].FailOn(DriveOperation.None);
        (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
        fixture.Findings.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DriveOperation.Open)]
    [InlineData(DriveOperation.Read)]
    public async Task A_hanging_drive_is_raced_and_the_read_goes_on(DriveOperation operation)
    {
        // With a budget for every read: on a slow machine healthy drives use it up, and the deadline would decide.
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty with { HedgeBudget = 1, ReadDeadline = TimeSpan.FromSeconds(30), ReadTimeout = TimeSpan.FromSeconds(30) });
        var data = StoreFixture.Data(7_000_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        fixture.DriveOf(blob, 1).HangOn(operation);
        var read = await fixture.ReadAsync(blob).WaitAsync(TimeSpan.FromSeconds(60));
        read.AsSpan().SequenceEqual(data).ShouldBeTrue();
        // Slow is not broken.
        fixture.Findings.All.ShouldBeEmpty();

        // Others use the pool while the read still holds its part.
        for (var i = 0; i < 3; i++)
            (await fixture.ReadAsync(blob, 2 * 4 * Block, Block)).AsSpan().SequenceEqual(data.AsSpan(2 * 4 * Block, Block)).ShouldBeTrue();
        fixture.DriveOf(blob, 1).EndHang();
        await fixture.ShouldBeTidyAsync();
    }

    [Fact]
    public async Task A_drive_beyond_the_read_deadline_is_unreachable_and_avoided_until_it_answers()
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty with { HedgeBudget = 0 });
        var data = StoreFixture.Data(7_000_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        var drive = fixture.DriveOf(blob, 0);
        drive.HangOn(DriveOperation.Read);
        (await fixture.ReadAsync(blob).WaitAsync(TimeSpan.FromSeconds(60))).AsSpan().SequenceEqual(data).ShouldBeTrue();
        fixture.Findings.All.ShouldBe([(blob.Id, 0, ShardDefect.Unreachable)]);

        // The next reads do not wait for it, and do not ask it.
        var asked = drive.Calls(DriveOperation.Read);
        (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
        drive.Calls(DriveOperation.Read).ShouldBe(asked);
        drive.EndHang();
        await fixture.ShouldBeTidyAsync();
        (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
        drive.Calls(DriveOperation.Read).ShouldBeGreaterThan(asked);
    }

    [Fact]
    public async Task More_hanging_drives_than_parity_fail_the_read_in_time()
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty);
        var data = StoreFixture.Data(7_000_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        foreach (var drive in fixture.Drives.Take(3))
            drive.HangOn(DriveOperation.Reads);
        var (bytes, fault) = await fixture.TryReadAsync(blob, 0, data.Length).WaitAsync(TimeSpan.FromSeconds(60));
        fault.ShouldNotBeNull().Fault.ShouldBe(BlobStoreFault.Unreadable);
        bytes.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_all_drives_are_slow_the_read_waits_and_succeeds()
    {
        var time = new FakeTime();
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty with { ReadTimeout = TimeSpan.FromSeconds(30), ReadDeadline = TimeSpan.FromMilliseconds(100) }, time: time);
        var data = StoreFixture.Data(400_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        foreach (var drive in fixture.Drives)
            drive.SlowOn(DriveOperation.Read, TimeSpan.FromMilliseconds(300), time);
        (await time.PassUntilAsync(fixture.ReadAsync(blob), TimeSpan.FromMilliseconds(5))).AsSpan().SequenceEqual(data).ShouldBeTrue();
        fixture.Findings.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Racing_reads_stay_within_their_budget()
    {
        var time = new FakeTime();
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty with { HedgeFloor = TimeSpan.FromMilliseconds(1), ReadDeadline = TimeSpan.FromSeconds(30), ReadTimeout = TimeSpan.FromSeconds(30) }, time: time);
        var data = StoreFixture.Data(200_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        fixture.DriveOf(blob, 1).SlowOn(DriveOperation.Read, TimeSpan.FromMilliseconds(15), time);
        for (var i = 0; i < 60; i++)
            (await time.PassUntilAsync(fixture.ReadAsync(blob), TimeSpan.FromMilliseconds(3))).AsSpan().SequenceEqual(data).ShouldBeTrue();
        var parity = fixture.DriveOf(blob, 4).Calls(DriveOperation.Read) + fixture.DriveOf(blob, 5).Calls(DriveOperation.Read);
        parity.ShouldBeGreaterThan(0);
        // A burst of eight, and a twentieth of all reads.
        parity.ShouldBeLessThanOrEqualTo(8 + 60 * 5 / 20);
    }

    [Fact]
    public async Task A_shard_that_goes_during_the_read_is_rebuilt()
    {
        await using var fixture = new StoreFixture(6);
        var data = StoreFixture.Data(20_000_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var read = Task.Run(async () =>
        {
            await fixture.Store.ReadAsync(blob, 0, data.Length, pipe.Writer, default);
            await pipe.Writer.CompleteAsync();
        });
        var got = new MemoryStream();
        while (true)
        {
            var result = await pipe.Reader.ReadAsync();
            foreach (var segment in result.Buffer)
                got.Write(segment.Span);
            pipe.Reader.AdvanceTo(result.Buffer.End);
            fixture.DriveOf(blob, 0).Lose(blob.Id, 0);
            fixture.DriveOf(blob, 3).Lose(blob.Id, 3);
            if (result.IsCompleted)
                break;
        }

        await read;
        got.ToArray().AsSpan().SequenceEqual(data).ShouldBeTrue();
        fixture.Findings.All.Order().ShouldBe([(blob.Id, 0, ShardDefect.Absent), (blob.Id, 3, ShardDefect.Absent)]);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_read()
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(20_000_000), FourPlusTwo);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var read = fixture.Store.ReadAsync(blob, 0, blob.LengthBytes, pipe.Writer, default).AsTask();
        await pipe.Reader.CompleteAsync();
        await read.WaitAsync(TimeSpan.FromSeconds(60));
        fixture.Drives.Sum(drive => drive.Calls(DriveOperation.Read)).ShouldBeLessThan(20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_read_ends_and_gives_everything_back(bool isDriveSlow)
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(20_000_000), FourPlusTwo);
        if (isDriveSlow)
            foreach (var drive in fixture.Drives)
                drive.SlowOn(DriveOperation.Read, TimeSpan.FromSeconds(60));
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(
            fixture.Store.ReadAsync(blob, 0, blob.LengthBytes, pipe.Writer, cancellation.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        await fixture.ShouldBeTidyAsync();
        fixture.Findings.All.ShouldBeEmpty();
    }

    private static ShardDefect Expected(Damage damage) => damage switch
    {
        Damage.Lost => ShardDefect.Absent,
        Damage.Corrupt or Damage.Misplaced => ShardDefect.Corrupt,
        _ => ShardDefect.Unreachable,
    };

    private static void Harm(StoreFixture fixture, BlobLayout blob, int shard, Damage damage, Random random)
    {
        var drive = fixture.DriveOf(blob, shard);
        switch (damage)
        {
            case Damage.Lost: drive.Lose(blob.Id, shard); break;
            case Damage.Corrupt: drive.Corrupt(blob.Id, shard, random.NextInt64(BlobGeometry.ShardBytes(blob.Scheme, blob.LengthBytes))); break;
            case Damage.Eio: drive.FailOn(DriveOperation.Reads); break;
            case Damage.Latched: drive.Latch("test"); break;
            case Damage.Removed: fixture.Set.Remove(drive.Id); break;
            case Damage.Misplaced: MisplaceFromAnother(fixture, blob, shard); break;
            default: throw new ArgumentOutOfRangeException(nameof(damage));
        }
    }

    /// <summary>A whole shard, good in itself, of the same length: only the row's root tells that it is the wrong one.</summary>
    private static void MisplaceFromAnother(StoreFixture fixture, BlobLayout blob, int shard)
    {
        var drive = fixture.DriveOf(blob, shard);
        drive.Replace(blob.Id, shard, StoreFixture.Data(BlobGeometry.ShardBytes(blob.Scheme, blob.LengthBytes), seed: 99));
    }

    private static IEnumerable<int[]> Subsets(int of, int size)
    {
        for (var bits = 0; bits < 1 << of; bits++)
            if (int.PopCount(bits) == size)
                yield return [.. Enumerable.Range(0, of).Where(i => (bits >> i & 1) != 0)];
    }
}
