using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>Two real servers, one the tier of the other, which are killed in the middle of transitions, restores and deletions.</summary>
public sealed class TierCrashTests
{
    private const string Bucket = "objects";
    private const string There = "tier";
    private const string Class = "COLD";

    [Theory]
    [InlineData(1)]
    public async Task Invariant_1_Objects_survive_kill_9_between_two_stores_and_nothing_lies_there_that_no_row_speaks_of(int seed)
    {
        using var data = new TemporaryDirectory();
        using var otherData = new TemporaryDirectory();
        await File.WriteAllTextAsync(data["secret"], ServerProcess.SecretKey + "\n");
        string[] options = ["--kms-key-file", data["keys.json"], "--lifecycle-day", "1"];
        var random = new Random(seed);
        var acknowledged = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var server = await ServerProcess.StartAsync(data.Path, drives: 4, arguments: options);
        try
        {
            for (var round = 0; round < 4; round++)
            {
                await using var other = await ServerProcess.StartAsync(otherData.Path, drives: 1);
                await ConnectAsync(server, other, data, isFirst: round == 0);
                using (var client = ClientOf(server))
                {
                    if (round == 0) await SetUpAsync(client, other);
                    await WriteAsync(client, round, acknowledged);
                    // Days last a second: what was written is on its way, what was asked for comes, what was deleted goes.
                    await RestoreAndDeleteAsync(client, round, acknowledged);
                    await Task.Delay(random.Next(800, 2_000));
                }
                if (round % 2 == 1) await other.KillAsync();
                await server.KillAsync();
                await server.DisposeAsync();
                server = await ServerProcess.StartAsync(data.Path, drives: 4, arguments: options);
            }
            await using var last = await ServerProcess.StartAsync(otherData.Path, drives: 1);
            await ConnectAsync(server, last, data, isFirst: false);
            using var here = ClientOf(server);
            using var there = ClientOf(last);
            await WaitAsync(server, async () => await TierAsync(server) is var tier && tier.GetProperty("waitingMoves").GetInt32() == 0 && await IsAllThereAsync(here, acknowledged), "all has moved");
            await VerifyAsync(server, here, acknowledged);
            var objects = (await TierAsync(server)).GetProperty("objects").GetInt64();
            var keys = await KeysAsync(there);
            // Attempts that were cut short have a row for a day; each of them may have left an object, and nothing else has.
            keys.ShouldBeLessThanOrEqualTo(objects, "an object there that no row speaks of");
            ((long)acknowledged.Count).ShouldBeLessThanOrEqualTo(keys, "each object is there");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task SetUpAsync(AmazonS3Client client, ServerProcess other)
    {
        using var there = ClientOf(other);
        await there.PutBucketAsync(There);
        await client.PutBucketAsync(Bucket);
        await client.PutLifecycleConfigurationAsync(new()
        {
            BucketName = Bucket,
            Configuration = new()
            {
                Rules =
                [
                    new()
                    {
                        Id = "cold", Status = LifecycleRuleStatus.Enabled, Filter = new() { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "" } },
                        Transitions = [new() { Days = 1, StorageClass = new S3StorageClass(Class) }],
                    },
                ],
            },
        });
    }

    private static async Task WriteAsync(AmazonS3Client client, int round, ConcurrentDictionary<string, int> acknowledged)
    {
        await Parallel.ForEachAsync(Enumerable.Range(round * 100, 30), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, ct) =>
        {
            var key = $"k{number}";
            await client.PutObjectAsync(new()
            {
                BucketName = Bucket, Key = key, InputStream = new MemoryStream(Content(number)),
                ServerSideEncryptionMethod = number % 3 == 0 ? ServerSideEncryptionMethod.AES256 : null,
            }, ct);
            acknowledged[key] = number;
        });
    }

    private static async Task RestoreAndDeleteAsync(AmazonS3Client client, int round, ConcurrentDictionary<string, int> acknowledged)
    {
        if (round == 0) return;
        foreach (var number in Enumerable.Range((round - 1) * 100, 30))
        {
            var key = $"k{number}";
            if (number % 4 == 1)
            {
                acknowledged.TryRemove(key, out _);
                await client.DeleteObjectAsync(Bucket, key);
            }
            if (number % 4 != 2) continue;
            try
            {
                await client.RestoreObjectAsync(new() { BucketName = Bucket, Key = key, Days = 2 });
            }
            catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Conflict)
            {
                // It has not gone yet, or comes already.
            }
        }
    }

    /// <summary>Each object, brought back for long and read.</summary>
    private static async Task VerifyAsync(ServerProcess server, AmazonS3Client client, ConcurrentDictionary<string, int> acknowledged)
    {
        foreach (var (key, _) in acknowledged)
        {
            try
            {
                await client.RestoreObjectAsync(new() { BucketName = Bucket, Key = key, Days = 10_000 });
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.Conflict)
            {
                // It comes already, for a shorter while: asked for again below.
            }
        }
        foreach (var (key, number) in acknowledged)
        {
            await WaitAsync(server, async () =>
            {
                try
                {
                    using var answer = await client.GetObjectAsync(Bucket, key);
                    using var bytes = new MemoryStream();
                    await answer.ResponseStream.CopyToAsync(bytes);
                    bytes.ToArray().AsSpan().SequenceEqual(Content(number)).ShouldBeTrue($"{key} has other bytes");
                    return true;
                }
                catch (AmazonS3Exception e) when (e.ErrorCode == "InvalidObjectState")
                {
                    await RestoreAgainAsync(client, key);
                    return false;
                }
            }, $"{key} is back");
        }
    }

    private static async Task RestoreAgainAsync(AmazonS3Client client, string key)
    {
        try
        {
            await client.RestoreObjectAsync(new() { BucketName = Bucket, Key = key, Days = 10_000 });
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.Conflict)
        {
            // It comes.
        }
    }

    private static async Task<bool> IsAllThereAsync(AmazonS3Client client, ConcurrentDictionary<string, int> acknowledged)
    {
        var listed = (await client.ListObjectsV2Async(new() { BucketName = Bucket })).S3Objects;
        listed.Select(item => item.Key).Order(StringComparer.Ordinal).ShouldBe(acknowledged.Keys.Order(StringComparer.Ordinal));
        return listed.All(item => item.StorageClass.Value == Class);
    }

    private static async Task<long> KeysAsync(AmazonS3Client there)
    {
        var (count, token) = (0L, default(string));
        do
        {
            var page = await there.ListObjectsV2Async(new() { BucketName = There, ContinuationToken = token });
            (count, token) = (count + page.S3Objects.Count, page.NextContinuationToken);
        }
        while (token is not null);
        return count;
    }

    private static async Task ConnectAsync(ServerProcess server, ServerProcess other, TemporaryDirectory data, bool isFirst)
    {
        var endpoint = other.Endpoint.GetLeftPart(UriPartial.Authority);
        await AdminAsync(server, $"remote set cold {endpoint} --key-id {ServerProcess.AccessKey} --secret-file {data["secret"]}");
        if (isFirst) await AdminAsync(server, $"tier add {Class} --remote cold --bucket {There} --plain-names");
    }

    private static Task<JsonElement> TierAsync(ServerProcess server) => AdminAsync(server, $"tier show {Class}");

    private static async Task<JsonElement> AdminAsync(ServerProcess server, string commandLine) => JsonElement.Parse((await ServerProcess.RunToEndAsync(
        ["admin", .. commandLine.Split(' '), "--json"],
        new Dictionary<string, string>
        {
            ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(), ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey, ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
        })).Succeeded());

    private static async Task WaitAsync(ServerProcess server, Func<Task<bool>> isDone, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await isDone(); await Task.Delay(200))
            waited.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(3), $"{what}\n{server.Output}");
    }

    private static byte[] Content(int number)
    {
        var bytes = new byte[number % 15 == 0 ? 6_000_000 : number % 2 == 0 ? 300 : 90_000];
        new Random(number).NextBytes(bytes);
        return bytes;
    }

    private static AmazonS3Client ClientOf(ServerProcess server) => new(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
    {
        ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1", Timeout = TimeSpan.FromSeconds(120),
    });
}
