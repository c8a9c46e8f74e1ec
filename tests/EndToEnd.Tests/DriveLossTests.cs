using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

public sealed class DriveLossTests
{
    [Fact]
    public async Task Two_drives_vanish_while_serving_and_everything_goes_on()
    {
        using var data = new TemporaryDirectory();
        await using var server = await StoreClient.StartVariedAsync(data);
        using var client = new StoreClient(server, ObjectRecipe.Varied);
        await client.CreateVariedBucketAsync();
        for (var i = 0; i < 40; i++) await client.PutAsync(i);

        using var stop = new CancellationTokenSource();
        var next = 1000;
        var refused = 0;
        var load = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var seed = Interlocked.Increment(ref next);
                try
                {
                    await client.PutAsync(seed);
                }
                catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    // In flight while the drives went: 503 once, and the next attempt succeeds.
                    Interlocked.Increment(ref refused);
                    await client.PutAsync(seed);
                }
            }
        })).ToArray();
        await Task.Delay(700);
        Directory.Move(data["drive2"], data["drive2.away"]);
        Directory.Move(data["drive5"], data["drive5.away"]);
        await Task.Delay(4000);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        await client.VerifyAsync();
        for (var i = 5000; i < 5040; i++) await client.PutAsync(i);
        await client.VerifyAsync();
        refused.ShouldBeLessThanOrEqualTo(6 * 2, "each upload in flight may be refused once for each drive that went");
    }

    /// <summary>The same two drives are hurt again and again: what a read never touches (parity) is found by no read, so hurting others too could pass what parity covers.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Invariant_3_Flipped_bytes_never_reach_a_client(int seed)
    {
        using var data = new TemporaryDirectory();
        var server = await StoreClient.StartVariedAsync(data);
        var client = new StoreClient(server, ObjectRecipe.Varied);
        await client.CreateVariedBucketAsync();
        for (var i = 0; i < 120; i++) await client.PutAsync(i);
        var random = new Random(seed);
        var hurt = Enumerable.Range(1, 6).OrderBy(_ => random.Next()).Take(2).ToArray();
        for (var round = 0; round < 3; round++)
        {
            (await server.StopAsync()).ShouldBe(0);
            await server.DisposeAsync();
            foreach (var drive in hurt) FlipBytes(data[$"drive{drive}"], random, 200);
            server = await StoreClient.StartVariedAsync(data);
            client = client.Next(server);
            await client.VerifyAsync();
        }
        client.Dispose();
        await server.DisposeAsync();
    }

    // Only where data lies: a byte of a file that is all zeros from pre-allocation says nothing.
    private static void FlipBytes(string drive, Random random, int count)
    {
        string[] files = [.. Directory.GetFiles(drive, "*", SearchOption.AllDirectories).Where(file =>
            (file.Contains("/log/", StringComparison.Ordinal) || file.Contains("/bulk/", StringComparison.Ordinal)) && new FileInfo(file).Length > 0).Order(StringComparer.Ordinal)];
        files.ShouldNotBeEmpty();
        for (var i = 0; i < count;)
        {
            using var file = File.Open(files[random.Next(files.Length)], FileMode.Open, FileAccess.ReadWrite);
            var at = random.NextInt64(file.Length);
            file.Position = at;
            var value = file.ReadByte();
            if (value <= 0 && random.Next(200) != 0) continue;
            file.Position = at;
            file.WriteByte((byte)(value ^ 1 << random.Next(8)));
            i++;
        }
    }

    [Fact]
    public async Task An_unreadable_drive_directory_is_as_good_as_lost()
    {
        using var data = new TemporaryDirectory();
        var server = await StoreClient.StartVariedAsync(data);
        var client = new StoreClient(server, ObjectRecipe.Varied);
        await client.CreateVariedBucketAsync();
        for (var i = 0; i < 30; i++) await client.PutAsync(i);
        await server.StopAsync();
        await server.DisposeAsync();
        // An identity that cannot be parsed stands for a drive whose root is damaged; permissions do not stop root.
        await File.WriteAllTextAsync(Path.Combine(data["drive1"], "drive.json"), "{ garbage");
        server = await StoreClient.StartVariedAsync(data);
        using var after = client.Next(server);
        await after.VerifyAsync();
        server.Output.ShouldContain("drive1");
        (await File.ReadAllTextAsync(Path.Combine(data["drive1"], "drive.json"))).ShouldBe("{ garbage", "never formatted over");
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Three_lost_drives_are_an_error_and_never_a_wrong_answer()
    {
        using var data = new TemporaryDirectory();
        var server = await StoreClient.StartVariedAsync(data);
        var client = new StoreClient(server, ObjectRecipe.Varied);
        // Without transitions: what has fewer data shards could be read from three drives.
        await client.S3.PutBucketAsync(StoreClient.Bucket);
        for (var i = 0; i < 30; i++) await client.PutAsync(i);
        foreach (var n in (int[])[1, 3, 6]) Directory.Move(data[$"drive{n}"], data[$"drive{n}.away"]);
        await Task.Delay(3000);
        foreach (var seed in client.Acknowledged.Values.Where(seed => client.Content(seed).Length > 16 * 1024))
        {
            var error = await Should.ThrowAsync<Exception>(() => client.ReadAsync(seed));
            (error is AmazonServiceException or IOException or HttpRequestException).ShouldBeTrue(error.ToString());
        }
        await server.KillAsync();
        await server.DisposeAsync();
        foreach (var n in (int[])[1, 3, 6]) Directory.Move(data[$"drive{n}.away"], data[$"drive{n}"]);
        server = await StoreClient.StartVariedAsync(data);
        using var after = client.Next(server);
        await after.VerifyAsync();
        await server.DisposeAsync();
    }
}
