using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>Storage class analyses of the real binary, killed while days end.</summary>
public sealed class AnalyticsTests
{
    private const string Source = "analysed", Target = "reports", Key = "PREFIX/analysed/all.csv";

    [Theory]
    [InlineData(1)]
    public async Task No_day_is_told_twice_and_nothing_is_counted_that_was_not_read_although_the_server_is_killed(int seed)
    {
        using var data = new TemporaryDirectory();
        var random = new Random(seed);
        string[] arguments = ["--lifecycle-day", "1"];
        var reads = new ConcurrentQueue<int>();
        var server = await ServerProcess.StartAsync(data.Path, drives: 3, arguments);
        var client = new StoreClient(server);
        await client.S3.PutBucketAsync(Source);
        await client.S3.PutBucketAsync(Target);
        await client.S3.PutBucketPolicyAsync(Target, """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::reports/*"}]}
            """);
        await client.S3.PutObjectAsync(new PutObjectRequest { BucketName = Source, Key = "key", InputStream = new MemoryStream(new byte[200_000]) });
        await client.S3.PutBucketAnalyticsConfigurationAsync(new()
        {
            BucketName = Source,
            AnalyticsId = "all",
            AnalyticsConfiguration = new()
            {
                AnalyticsId = "all",
                StorageClassAnalysis = new()
                {
                    DataExport = new()
                    {
                        OutputSchemaVersion = StorageClassAnalysisSchemaVersion.V_1,
                        Destination = new() { S3BucketDestination = new() { BucketName = "arn:aws:s3:::" + Target, Format = AnalyticsS3ExportFileFormat.CSV, Prefix = "PREFIX" } },
                    },
                },
            },
        });
        var days = 0;
        for (var round = 0; round < 3; round++)
        {
            var load = Enumerable.Range(0, 3).Select(_ => ReadUntilItBreaksAsync(client.S3, reads)).ToArray();
            // An export of this round, and then the end of the process at any time.
            await WaitAsync(async () => (await TotalsAsync(client.S3)).Count > days && reads.Count > round * 10);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 1000)));
            await server.KillAsync();
            await Task.WhenAll(load);
            await server.DisposeAsync();
            client.Dispose();
            server = await ServerProcess.StartAsync(data.Path, drives: 3, arguments);
            client = new StoreClient(server);
            days = (await TotalsAsync(client.S3)).Count;
        }
        await WaitAsync(async () => (await TotalsAsync(client.S3)).Count > days);
        var totals = await TotalsAsync(client.S3);
        totals.Sum(total => total.Requests).ShouldBeInRange(1, reads.Count, $"seed {seed}: what is counted was read");
        totals.Where(total => total.Objects is not null).ShouldAllBe(total => total.Objects == 1);
        (await server.StopAsync()).ShouldBe(0, server.Output);
        client.Dispose();
        await server.DisposeAsync();
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(50, limit.Token);
        }
    }

    // Noted before it is sent: a read whose answer does not come may be counted.
    private static async Task ReadUntilItBreaksAsync(IAmazonS3 s3, ConcurrentQueue<int> reads)
    {
        try
        {
            while (true)
            {
                reads.Enqueue(1);
                using var got = await s3.GetObjectAsync(Source, "key");
                await got.ResponseStream.CopyToAsync(Stream.Null);
            }
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The server was killed.
        }
    }

    /// <summary>The rows for all ages, one a day; every age has as many.</summary>
    private static async Task<List<(int? Objects, int Requests)>> TotalsAsync(IAmazonS3 s3)
    {
        try
        {
            using var answer = await s3.GetObjectAsync(Target, Key);
            using var reader = new StreamReader(answer.ResponseStream);
            var rows = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')).ToList();
            rows.GroupBy(row => row[4]).Select(age => age.Count()).Distinct().ShouldHaveSingleItem();
            return [.. rows.Where(row => row[4] == "ALL").Select(row =>
                ((int?)(row[5].Length == 0 ? null : int.Parse(row[5], CultureInfo.InvariantCulture)), int.Parse(row[9], CultureInfo.InvariantCulture)))];
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            return [];
        }
    }
}
