using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>Access logs of the real binary, killed for real.</summary>
public sealed partial class AccessLogTests
{
    private const string Source = "watched", Target = "logs";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_acknowledged_request_is_in_one_log_object_once_after_kill_9(int seed)
    {
        using var data = new TemporaryDirectory();
        var random = new Random(seed);
        var acknowledged = new ConcurrentQueue<string>();
        var server = await ServerProcess.StartAsync(data.Path, drives: 3);
        var client = new StoreClient(server);
        await client.S3.PutBucketAsync(Source);
        await client.S3.PutBucketAsync(Target);
        await client.S3.PutBucketPolicyAsync(Target, """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*"}]}
            """);
        await client.S3.PutBucketLoggingAsync(new() { BucketName = Source, LoggingConfig = new() { TargetBucketName = Target, TargetPrefix = "a/" } });
        for (var round = 0; round < 3; round++)
        {
            var load = Enumerable.Range(0, 8).Select(worker => UseUntilItBreaksAsync(client.S3, acknowledged, round, worker)).ToArray();
            var wanted = acknowledged.Count + 60;
            for (var waited = Stopwatch.StartNew(); acknowledged.Count < wanted; await Task.Delay(20))
                waited.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), "the load must be one");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 1500)));
            await server.KillAsync();
            await Task.WhenAll(load);
            await server.DisposeAsync();
            client.Dispose();
            server = await ServerProcess.StartAsync(data.Path, drives: 3);
            client = new StoreClient(server);
        }
        // The end of the logging delivers what was recorded.
        await client.S3.PutBucketLoggingAsync(new() { BucketName = Source, LoggingConfig = new() });
        var found = await RequestIdsAsync(client.S3);
        found.Count.ShouldBe(found.Distinct().Count(), $"seed {seed}: no record comes twice");
        acknowledged.Except(found).ShouldBeEmpty($"seed {seed}: no record is lost");
        (await server.StopAsync()).ShouldBe(0, server.Output);
        Directory.GetFiles(data.Path, "*.spool", SearchOption.AllDirectories).ShouldBeEmpty("a stop in good order leaves no spool");
        client.Dispose();
        await server.DisposeAsync();
    }

    private static async Task UseUntilItBreaksAsync(IAmazonS3 s3, ConcurrentQueue<string> acknowledged, int round, int worker)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var key = $"{round}/{worker}/{i}";
                acknowledged.Enqueue((await s3.PutObjectAsync(new PutObjectRequest { BucketName = Source, Key = key, ContentBody = "hello" })).ResponseMetadata.RequestId);
                using (var got = await s3.GetObjectAsync(Source, key))
                {
                    await got.ResponseStream.CopyToAsync(Stream.Null);
                    acknowledged.Enqueue(got.ResponseMetadata.RequestId);
                }
                acknowledged.Enqueue((await s3.ListObjectsV2Async(new() { BucketName = Source, MaxKeys = 2 })).ResponseMetadata.RequestId);
                if (i % 3 == 0) acknowledged.Enqueue((await s3.DeleteObjectAsync(Source, key)).ResponseMetadata.RequestId);
            }
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The server was killed: what was under way counts as unknown.
        }
    }

    private static async Task<List<string>> RequestIdsAsync(IAmazonS3 s3)
    {
        var ids = new List<string>();
        foreach (var found in (await s3.ListObjectsV2Async(new() { BucketName = Target })).S3Objects)
        {
            using var answer = await s3.GetObjectAsync(Target, found.Key);
            using var reader = new StreamReader(answer.ResponseStream);
            while (await reader.ReadLineAsync() is { } line) ids.Add(Record().Match(line).Groups[1].Value);
        }
        return ids;
    }

    // Owner, bucket, [time], address, requester, request id.
    [GeneratedRegex(@"^\S+ \S+ \[[^\]]+\] \S+ \S+ (\S+) ")]
    private static partial Regex Record();
}
