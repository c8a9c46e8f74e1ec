using System.Diagnostics;
using System.Net;
using Amazon.Runtime;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>The real binary, killed for real.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Invariant_1_Acknowledged_writes_survive_kill_9_under_load_and_the_loss_of_any_two_drives(int seed, bool varied)
    {
        using var data = new TemporaryDirectory();
        var random = new Random(seed);
        Task<ServerProcess> StartAsync() => varied ? StoreClient.StartVariedAsync(data) : ServerProcess.StartAsync(data.Path);
        var server = await StartAsync();
        var client = varied ? new StoreClient(server, ObjectRecipe.Varied) : new StoreClient(server);
        await (varied ? client.CreateVariedBucketAsync() : client.S3.PutBucketAsync(StoreClient.Bucket));
        var next = 0;
        for (var round = 0; round < 3; round++)
        {
            var load = Enumerable.Range(0, 12).Select(_ => WriteUntilItBreaksAsync(client, () => Interlocked.Increment(ref next))).ToArray();
            var wanted = client.Acknowledged.Count + 40;
            for (var waited = Stopwatch.StartNew(); client.Acknowledged.Count < wanted; await Task.Delay(20))
                waited.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), "the load must be one");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 2000)));
            await server.KillAsync();
            await Task.WhenAll(load);
            await server.DisposeAsync();

            var lost = Enumerable.Range(1, 6).OrderBy(_ => random.Next()).Take(2).Select(n => data[$"drive{n}"]).ToArray();
            foreach (var drive in lost) Directory.Move(drive, drive + ".away");
            server = await StartAsync();
            client = client.Next(server);
            await client.VerifyAsync();
            for (var i = 0; i < 20; i++) await client.PutAsync(Interlocked.Increment(ref next));

            // The drives come back empty-handed: started without them, the server must have made nothing in their place.
            await server.StopAsync();
            await server.DisposeAsync();
            foreach (var drive in lost)
            {
                Directory.Exists(drive).ShouldBeFalse("a missing drive is never formatted anew in a store that exists");
                Directory.Move(drive + ".away", drive);
            }
            server = await StartAsync();
            client = client.Next(server);
            await client.VerifyAsync();
        }
        client.Acknowledged.Count.ShouldBeGreaterThan(100, $"seed {seed}: the load must have been one");
        client.Dispose();
        await server.DisposeAsync();
    }

    private static async Task WriteUntilItBreaksAsync(StoreClient client, Func<int> next)
    {
        try
        {
            while (true)
            {
                var seed = next();
                await client.PutAsync(seed);
                if (seed % 5 == 0) await client.DeleteAsync(seed);
            }
        }
        catch (Exception e) when (e is (AmazonClientException or HttpRequestException or IOException or OperationCanceledException) and not AmazonServiceException { StatusCode: >= HttpStatusCode.BadRequest })
        {
            // The server was killed: what was under way counts as unknown.
        }
    }

    [Fact]
    public async Task Sigterm_drains_and_exits_0()
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(data.Path);
        using var client = new StoreClient(server);
        await client.S3.PutBucketAsync(StoreClient.Bucket);
        await client.PutAsync(8);
        (await server.StopAsync()).ShouldBe(0, server.Output);
    }
}
