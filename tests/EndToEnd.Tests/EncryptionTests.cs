using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.S3;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>What is encrypted, while drives or keys are away.</summary>
public sealed partial class EncryptionTests
{
    [Fact]
    public async Task Invariant_1_What_drives_missed_is_healed_byte_for_byte_and_others_may_go_then()
    {
        using var data = new TemporaryDirectory();
        var server = await StoreClient.StartVariedAsync(data);
        using (var client = new StoreClient(server, ObjectRecipe.Varied))
        {
            await client.CreateVariedBucketAsync();
            await server.StopAsync();
        }
        await server.DisposeAsync();
        foreach (var n in (int[])[2, 5]) Directory.Move(data[$"drive{n}"], data[$"drive{n}.away"]);
        server = await StoreClient.StartVariedAsync(data);
        var writer = new StoreClient(server, ObjectRecipe.Varied);
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (seed, ct) => await writer.PutAsync(seed, ct));
        await UntilAsync(server, metrics => CompressedBytes().Match(metrics) is { Success: true } match && match.Groups[1].Value.Length > 5);
        await server.KillAsync();
        await server.DisposeAsync();

        foreach (var n in (int[])[2, 5]) Directory.Move(data[$"drive{n}.away"], data[$"drive{n}"]);
        server = await StoreClient.StartVariedAsync(data);
        await UntilAsync(server, metrics => metrics.Contains("\nobjectstore_healed 1", StringComparison.Ordinal));
        var moved = ObjectRecipe.Varied(Enumerable.Range(0, 60).First(seed => ObjectRecipe.Varied(seed) is { Sealing: not Sealing.None, LengthBytes: >= 100_000, Key: ['0', '/', ..] }));
        using (var watcher = writer.Next(server))
            await UntilAsync(server, async () => (await watcher.S3.ListObjectsV2Async(new() { BucketName = StoreClient.Bucket, Prefix = moved.Key })).S3Objects.Single(found => found.Key == moved.Key).StorageClass == S3StorageClass.StandardInfrequentAccess);
        await server.StopAsync();
        await server.DisposeAsync();

        foreach (var n in (int[])[1, 6]) Directory.Move(data[$"drive{n}"], data[$"drive{n}.away"]);
        server = await StoreClient.StartVariedAsync(data);
        using var reader = writer.Next(server);
        await reader.VerifyAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_lost_key_file_is_an_error_that_destroys_nothing_and_ends_when_the_file_comes_back()
    {
        using var data = new TemporaryDirectory();
        var server = await StoreClient.StartVariedAsync(data);
        var client = new StoreClient(server, ObjectRecipe.Varied);
        await client.CreateVariedBucketAsync();
        for (var seed = 0; seed < 40; seed++) await client.PutAsync(seed);
        await server.KillAsync();
        await server.DisposeAsync();

        // With the option it is refused to start, and no other file is made in the place of the lost one.
        var keys = data["keys.json"];
        File.Move(keys, keys + ".away");
        var refused = await ServerProcess.RunToEndAsync(
            ["serve", "--address", "127.0.0.1:0", "--drives", data["drive{1...6}"], "--kms-key-file", keys],
            new Dictionary<string, string> { ["OBJECTSTORE_ROOT_USER"] = ServerProcess.AccessKey, ["OBJECTSTORE_ROOT_PASSWORD"] = ServerProcess.SecretKey });
        refused.ExitCode.ShouldNotBe(0);
        (refused.Output + refused.Error).ShouldContain("bring them back");
        File.Exists(keys).ShouldBeFalse();

        // Without it, it serves what needs no key of the store; lifecycle and healing go on over the rest, whose bytes they need not open.
        server = await ServerProcess.StartAsync(data.Path, arguments: StoreClient.VariedOptions);
        client = client.Next(server);
        foreach (var seed in client.Acknowledged.Values)
        {
            var recipe = ObjectRecipe.Varied(seed);
            if (recipe.Sealing is Sealing.None or Sealing.CustomerKey)
            {
                (await client.ReadAsync(seed)).ShouldBe(recipe.Content());
                continue;
            }
            (await Should.ThrowAsync<AmazonS3Exception>(() => client.ReadAsync(seed))).ErrorCode.ShouldBe("NotImplemented", recipe.ToString());
            (await client.S3.GetObjectMetadataAsync(StoreClient.Bucket, recipe.Key)).ContentLength.ShouldBe(recipe.LengthBytes);
        }
        await UntilAsync(server, metrics => metrics.Contains("\nobjectstore_healed 1", StringComparison.Ordinal));
        await server.StopAsync();
        await server.DisposeAsync();

        File.Move(keys + ".away", keys);
        server = await StoreClient.StartVariedAsync(data);
        using var after = client.Next(server);
        await after.VerifyAsync();
        await server.DisposeAsync();
    }

    private static async Task UntilAsync(ServerProcess server, Predicate<string> holds)
    {
        using var http = new HttpClient();
        await UntilAsync(server, async () => holds(await http.GetStringAsync(new Uri(server.Endpoint, "/-/metrics"))));
    }

    private static async Task UntilAsync(ServerProcess server, Func<Task<bool>> holds)
    {
        for (var waited = Stopwatch.StartNew(); !await holds(); await Task.Delay(100)) waited.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), server.Output);
    }

    // Enough that not only small objects were.
    [GeneratedRegex(@"\nobjectstore_compression_plain_bytes_total (\d+)")]
    private static partial Regex CompressedBytes();
}
