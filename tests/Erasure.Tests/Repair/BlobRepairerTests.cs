using System.Collections.Immutable;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Repair;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Erasure.Tests.Stripes;
using ObjectStore.Storage;
using ObjectStore.TestKit;

namespace ObjectStore.Erasure.Tests.Repair;

public sealed class BlobRepairerTests
{
    private const int Block = ShardLayout.BlockSizeBytes;
    private static readonly byte[] Tag = [1, 2, 3];

    public static TheoryData<int, int> Schemes => new() { { 1, 2 }, { 2, 2 }, { 4, 2 }, { 8, 3 } };

    [Fact]
    public async Task Verify_tells_each_shards_state()
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(9L * 4 * Block + 77), new Scheme(4, 2));
        var repairer = new BlobRepairer(fixture.Store);
        (await repairer.VerifyAsync(blob, default)).IsWhole.ShouldBeTrue();

        fixture.DriveOf(blob, 0).Lose(blob.Id, 0);
        fixture.DriveOf(blob, 1).Corrupt(blob.Id, 1, 9 * Block);
        fixture.DriveOf(blob, 2).Latch("test");
        fixture.Set.Remove(blob.Drives[3]);
        fixture.DriveOf(blob, 4).FailOn(DriveOperation.Read);
        var verification = await repairer.VerifyAsync(blob, default);
        verification.Shards.ShouldBe([
            ShardState.Absent, ShardState.Corrupt, ShardState.Unreachable, ShardState.Unreachable, ShardState.Unreachable, ShardState.Ok]);
        verification.IsReadable.ShouldBeFalse();
        verification.IntactCount.ShouldBe(1);
    }

    [Fact]
    public async Task Verify_does_not_trust_a_copy_that_verifies_in_itself()
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(100_000), new Scheme(4, 2));
        fixture.DriveOf(blob, 5).Replace(blob.Id, 5, new byte[25_000]);
        (await new BlobRepairer(fixture.Store).VerifyAsync(blob, default)).Shards[5].ShouldBe(ShardState.Corrupt);
    }

    [Fact]
    public async Task Verify_gives_up_on_a_hanging_drive()
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty);
        var blob = await fixture.WriteAsync(StoreFixture.Data(100_000), new Scheme(4, 2));
        fixture.DriveOf(blob, 5).HangOn(DriveOperation.Read);
        var verification = await new BlobRepairer(fixture.Store).VerifyAsync(blob, default).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        verification.Shards[5].ShouldBe(ShardState.Unreachable);
        verification.IntactCount.ShouldBe(5);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public async Task A_rebuilt_shard_is_identical_to_the_lost_one(int k, int m)
    {
        await using var fixture = new StoreFixture(k + m + 1);
        var repairer = new BlobRepairer(fixture.Store);
        foreach (var length in new[] { 1, 20_000, 4L * k * Block, 9L * k * Block + 1234 })
        {
            var blob = await fixture.WriteAsync(StoreFixture.Data(length), new Scheme(k, m));
            var target = fixture.Drives.Single(drive => !blob.Drives.Contains(drive.Id));
            for (var shard = 0; shard < k + m; shard++)
            {
                // With m shards gone, this one among them.
                var gone = Enumerable.Range(0, m).Select(i => (shard + i) % (k + m)).ToArray();
                var kept = gone.Select(lost => fixture.DriveOf(blob, lost).BytesOf(blob.Id, lost).ToArray()).ToArray();
                foreach (var lost in gone)
                    fixture.DriveOf(blob, lost).Lose(blob.Id, lost);

                (await repairer.RebuildShardAsync(blob, shard, target, Tag, default)).ShouldBe(RebuildResult.Rebuilt);
                target.BytesOf(blob.Id, shard).Span.SequenceEqual(kept[0]).ShouldBeTrue($"{k}+{m} {length} shard {shard}");
                target.TagOf(blob.Id, shard).ToArray().ShouldBe(Tag);
                foreach (var lost in gone)
                    (await repairer.RebuildShardAsync(blob, lost, fixture.DriveOf(blob, lost), Tag, default)).IsRebuilt.ShouldBeTrue();
            }

            fixture.Findings.Clear();
            (await repairer.VerifyAsync(blob, default)).IsWhole.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_corrupt_shard_is_healed_on_its_own_drive()
    {
        await using var fixture = new StoreFixture(6);
        var data = StoreFixture.Data(3_000_000);
        var blob = await fixture.WriteAsync(data, new Scheme(4, 2));
        fixture.DriveOf(blob, 2).Corrupt(blob.Id, 2, 100_000);
        var repairer = new BlobRepairer(fixture.Store);
        (await repairer.RebuildShardAsync(blob, 2, fixture.DriveOf(blob, 2), Tag, default)).IsRebuilt.ShouldBeTrue();
        (await repairer.VerifyAsync(blob, default)).IsWhole.ShouldBeTrue();
    }

    [Fact]
    public async Task A_source_that_fails_midway_is_replaced_by_another()
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(9L * 4 * Block), new Scheme(4, 2));
        fixture.DriveOf(blob, 1).Corrupt(blob.Id, 1, 8 * Block + 5);
        // The slowest is asked last, so the bad one is among the first four.
        fixture.Set.FindSlot(blob.Drives[5])!.ReadLatency.Record(TimeSpan.FromSeconds(10));
        (await new BlobRepairer(fixture.Store).RebuildShardAsync(blob, 0, fixture.DriveOf(blob, 0), Tag, default)).IsRebuilt.ShouldBeTrue();
        fixture.Findings.All.ShouldBe([(blob.Id, 1, ShardDefect.Corrupt)]);
    }

    [Fact]
    public async Task A_shard_whose_root_differs_from_the_row_is_not_committed()
    {
        await using var fixture = new StoreFixture(7);
        var blob = await fixture.WriteAsync(StoreFixture.Data(3_000_000), new Scheme(4, 2));
        var wrong = blob with { Roots = blob.Roots.SetItem(0, blob.Roots[0] ^ 1) };
        var target = fixture.Drives.Single(drive => !blob.Drives.Contains(drive.Id));
        (await new BlobRepairer(fixture.Store).RebuildShardAsync(wrong, 0, target, Tag, default)).Outcome.ShouldBe(RebuildOutcome.RootMismatch);
        target.ShardCount.ShouldBe(0);
        (await new BlobRepairer(fixture.Store).VerifyAsync(blob, default)).IsWhole.ShouldBeTrue();
    }

    [Fact]
    public async Task Invariant_7_A_rebuild_with_too_few_sources_says_so_and_deletes_nothing()
    {
        await using var fixture = new StoreFixture(7);
        var blob = await fixture.WriteAsync(StoreFixture.Data(3_000_000), new Scheme(4, 2));
        foreach (var shard in ImmutableArray.Create(0, 1, 5))
            fixture.DriveOf(blob, shard).Latch("test");
        var target = fixture.Drives.Single(drive => !blob.Drives.Contains(drive.Id));
        var result = await new BlobRepairer(fixture.Store).RebuildShardAsync(blob, 0, target, Tag, default);
        result.Outcome.ShouldBe(RebuildOutcome.TooFewSources);
        fixture.Drives.Sum(drive => drive.ShardCount).ShouldBe(6);
        fixture.Drives.Sum(drive => drive.Calls(DriveOperation.Delete)).ShouldBe(0);
    }

    [Theory]
    [InlineData(DriveOperation.Create)]
    [InlineData(DriveOperation.Write)]
    [InlineData(DriveOperation.Commit)]
    public async Task A_target_that_fails_is_named(DriveOperation operation)
    {
        await using var fixture = new StoreFixture(7);
        var blob = await fixture.WriteAsync(StoreFixture.Data(3_000_000), new Scheme(4, 2));
        var target = fixture.Drives.Single(drive => !blob.Drives.Contains(drive.Id));
        target.FailOn(operation);
        var result = await new BlobRepairer(fixture.Store).RebuildShardAsync(blob, 0, target, Tag, default);
        result.Outcome.ShouldBe(RebuildOutcome.TargetFailed);
        result.Reason.ShouldNotBeNull().ShouldContain("input/output");
        target.ShardCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_target_that_hangs_is_given_up_on()
    {
        await using var fixture = new StoreFixture(7, StoreFixture.Hasty);
        var blob = await fixture.WriteAsync(StoreFixture.Data(3_000_000), new Scheme(4, 2));
        var target = fixture.Drives.Single(drive => !blob.Drives.Contains(drive.Id));
        target.HangOn(DriveOperation.Write);
        var result = await new BlobRepairer(fixture.Store).RebuildShardAsync(blob, 0, target, Tag, default).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        result.Outcome.ShouldBe(RebuildOutcome.TargetFailed);
        fixture.Store.QuarantinedBytes.ShouldBeGreaterThan(0);
    }
}
