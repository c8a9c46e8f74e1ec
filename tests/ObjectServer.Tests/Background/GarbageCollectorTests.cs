using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Background;

public sealed class GarbageCollectorTests
{
    [Fact]
    public async Task Garbage_is_freed_exactly_once_and_not_before_its_grace_is_over()
    {
        var bench = await ObjectBench.CreateAsync();
        for (var i = 0; i < 450; i++) await bench.PutAsync($"k{i}", ObjectBench.Bytes(20, i));
        for (var i = 0; i < 450; i++) await bench.DeleteAsync($"k{i}");
        bench.Time.Advance(TimeSpan.FromMinutes(9));
        (await bench.Collector.CollectAsync(default)).Freed.ShouldBe(0);
        bench.Blobs.Stored.Count.ShouldBe(450);
        bench.Time.Advance(TimeSpan.FromMinutes(2));
        var result = await bench.Collector.CollectAsync(default);
        (result.Freed, result.Blobs, result.Waiting).ShouldBe((450, 450, 0));
        bench.Blobs.Stored.ShouldBeEmpty();
        (await bench.CollectAllAsync()).Freed.ShouldBe(0);
        bench.Blobs.Deleted.Count.ShouldBe(450);
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_pinned_content_survives_until_its_reader_is_done()
    {
        var bench = await ObjectBench.CreateAsync();
        var plain = ObjectBench.Bytes(100, 1);
        byte[][] parts = [ObjectBench.Bytes(100, 2), ObjectBench.Bytes(100, 3)];
        await bench.PutAsync("plain", plain);
        await bench.PutPartsAsync("parts", parts);
        var first = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "plain" }, default)).Value;
        var second = (await bench.Services.Reader.OpenAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = "parts" }, default)).Value;
        await bench.DeleteAsync("plain");
        await bench.DeleteAsync("parts");
        (await bench.CollectAllAsync()).Waiting.ShouldBe(2);
        (await ObjectBench.ReadAsync(first, 0, 100)).ShouldBe(plain);
        (await ObjectBench.ReadAsync(second, 50, 100)).ShouldBe([.. parts[0][50..], .. parts[1][..50]]);
        first.Dispose();
        second.Dispose();
        second.Dispose();
        (await bench.CollectAllAsync()).Waiting.ShouldBe(0);
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_drive_that_does_not_answer_keeps_the_row_until_it_is_back()
    {
        var bench = await ObjectBench.CreateAsync();
        await bench.PutAsync("k", ObjectBench.Bytes(100, 1));
        await bench.DeleteAsync("k");
        bench.Blobs.Silent[bench.Blobs.Drives[3]] = 0;
        (await bench.CollectAllAsync()).Waiting.ShouldBe(1);
        await bench.ShouldBeSoundAsync();
        bench.Blobs.Silent.Clear();
        (await bench.CollectAllAsync()).Freed.ShouldBe(1);
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Invariant_6_after_a_crash_at_any_commit_rows_references_and_counters_agree()
    {
        // The store forgets nothing it committed; what is lost is everything in memory, at every commit in turn.
        for (var limit = 1; limit < 60; limit++)
        {
            var bench = await ObjectBench.CreateAsync(VersioningState.Suspended);
            var commits = 0;
            bench.Store.BeforeCommit = _ =>
            {
                if (++commits > limit) throw new CrashException();
            };
            var crashed = await RunToCrashAsync(bench);
            bench.Store.BeforeCommit = null;
            await bench.ShouldBeSoundAsync($"crash after commit {limit}");
            if (!crashed) return;

            var reopened = await ObjectServices.OpenAsync(bench.Store, bench.Blobs, bench.Services.Engine.Options, bench.Time, new Random(1), default);
            bench.Time.Advance(TimeSpan.FromHours(1));
            await new Server.Background.GarbageCollector(reopened.Engine).CollectAsync(default);
            await bench.ShouldBeSoundAsync($"collected after commit {limit}");
        }
        throw new InvalidOperationException("The history has more commits than were tried.");
    }

    private static async Task<bool> RunToCrashAsync(ObjectBench bench)
    {
        try
        {
            await bench.PutAsync("a", ObjectBench.Bytes(100, 1));
            await bench.PutPartsAsync("b", ObjectBench.Bytes(10, 2), ObjectBench.Bytes(10, 3));
            await bench.Services.Copier.CopyAsync(
                new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = "b", Bucket = ObjectBench.Bucket, Key = "a" }, default);
            await bench.DeleteAsync("b");
            await bench.DeleteAsync("b", "null");
            var upload = await bench.BeginAsync("c");
            await bench.UploadAsync(upload, 1, [1, 2, 3]);
            await bench.Services.Multipart.AbortAsync(ObjectBench.Bucket, "c", upload.UploadId, default);
            await bench.DeleteAsync("a");
            await bench.CollectAllAsync();
            await bench.DeleteAsync("a", "null");
            await bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default);
            await bench.CollectAllAsync();
            return false;
        }
        catch (CrashException)
        {
            return true;
        }
    }

    private sealed class CrashException : Exception;
}
