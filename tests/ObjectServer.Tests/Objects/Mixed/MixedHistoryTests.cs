using System.Globalization;
using ObjectStore.Metadata.Tests.Embedded;
using ObjectStore.Server.Objects;
using ObjectStore.Storage.Log;

namespace ObjectStore.ObjectServer.Tests.Objects.Mixed;

/// <summary>All that can be done to objects, at random and under trouble, against a model. A failure names the seed, the step and what led to it.</summary>
public sealed class MixedHistoryTests
{
    /// <summary>Small, so that bodies of 200 bytes have several.</summary>
    private const int FrameBytes = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_store_is_as_the_model_says_whatever_befalls_calls(int seed)
    {
        var history = await RunAsync(seed, steps: 150);
        history.Troubles.Values.Sum().ShouldBeGreaterThan(10);
        history.Compressed.ShouldBeGreaterThan(0);
    }

    /// <summary>
    /// <c>OBJECTSTORE_MIXED_SEEDS=FIRST-LAST</c> runs as many seeds as one likes; one of no preset runs here.
    /// </summary>
    [Fact]
    public async Task Further_seeds_are_as_good()
    {
        var range = (Environment.GetEnvironmentVariable("OBJECTSTORE_MIXED_SEEDS") ?? "5-5").Split('-');
        var failures = new List<string>();
        for (var seed = int.Parse(range[0], CultureInfo.InvariantCulture); seed <= int.Parse(range[^1], CultureInfo.InvariantCulture) && failures.Count < 5; seed++)
        {
            try
            {
                await RunAsync(seed, steps: 250);
            }
            catch (Exception e)
            {
                failures.Add($"seed {seed}: {e}");
            }
        }
        failures.ShouldBeEmpty();
    }

    /// <summary>The same over the embedded store on real directories, which is closed, or killed, and opened again in between.</summary>
    [Theory]
    [InlineData(21, false)]
    [InlineData(22, true)]
    public async Task The_embedded_store_is_as_the_model_says_after_closing_and_killing(int seed, bool kill)
    {
        await using var store = new TestStore(drives: 4);
        store.Options = store.Options with
        {
            FlushIntervalBytes = 64 << 10, ApplyQueueBytes = 4 << 10, ConflictWindowKeys = 64, KeepJournalFiles = kill ? 1000 : 1,
            Journal = new LogOptions { InitialFileSizeBytes = 32 << 10, FileSizeBytes = 64 << 10 },
        };
        var bench = await ObjectBench.CreateAsync(seed: seed, on: await store.OpenAsync(), keys: new TestKeys(), classes: MixedHistory.Classes, frameBytes: FrameBytes, compressionMinBytes: FrameBytes);
        var history = new MixedHistory(bench, seed) { MakesTrouble = false };
        await history.BeginAsync();
        for (var step = 0; step < 120; step++)
        {
            await history.StepAsync(step);
            if (step % 30 != 29) continue;
            if (kill) await store.CrashAsync();
            else await store.CloseAsync();
            await bench.ReopenAsync(await store.OpenAsync(), step);
            history.Take(bench.Services);
            await history.ShouldAgreeAsync();
        }
        await history.ShouldLeaveNothingAsync();
    }

    private static async Task<MixedHistory> RunAsync(int seed, int steps)
    {
        var bench = await ObjectBench.CreateAsync(seed: seed, keys: new TestKeys(), classes: MixedHistory.Classes, maxBlobBytes: 64, frameBytes: FrameBytes, compressionMinBytes: FrameBytes);
        var history = new MixedHistory(bench, seed);
        await history.BeginAsync();
        for (var step = 0; step < steps; step++) await history.StepAsync(step);
        await history.ShouldAgreeAsync();
        await history.ShouldLeaveNothingAsync();
        return history;
    }
}
