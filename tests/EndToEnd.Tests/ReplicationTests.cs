using System.Collections.Concurrent;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>Two real servers, of which either may be killed at any moment: what one has acknowledged comes to be at the other, the same in all that clients see.</summary>
public sealed class ReplicationTests
{
    private const string Bucket = "replicated";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly record struct Seen(string Key, string VersionId, string ETag, long? Size, DateTime? LastModified, bool? IsLatest, bool? IsDeleteMarker);

    [Fact]
    public async Task What_sixteen_writers_were_promised_is_at_the_other_store_whichever_of_them_is_killed()
    {
        using var here = new TemporaryDirectory();
        using var there = new TemporaryDirectory();
        await using var source = await Node.StartAsync(here);
        await using var target = await Node.StartAsync(there);
        await source.CreateBucketAsync();
        await target.CreateBucketAsync();
        await source.NameAsync("away", target, "add");
        await source.ReplicateAsync("away");

        var acknowledged = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 16).Select(writer => WriteAsync(source, writer, acknowledged, stop.Token)).ToArray();
        for (var round = 0; round < 4; round++)
        {
            var wanted = acknowledged.Count + 80;
            using var limit = new CancellationTokenSource(Patience);
            while (acknowledged.Count < wanted) await Task.Delay(10, limit.Token);
            if (round % 2 == 0)
            {
                await target.RestartAsync();
                await source.NameAsync("away", target, "set");
            }
            else
            {
                await source.RestartAsync();
            }
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        await UntilNothingWaitsAsync(source);
        var (left, right) = (await ListAsync(source), await ListAsync(target));
        right.ShouldBe(left);
        foreach (var (id, etag) in acknowledged) left.ShouldContain(version => version.VersionId == id && version.ETag == etag);
        await Parallel.ForEachAsync(left.Where(version => version.IsDeleteMarker != true), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (version, ct) =>
        {
            var (one, other) = (await ReadAsync(source, version, ct), await ReadAsync(target, version, ct));
            other.Body.AsSpan().SequenceEqual(one.Body).ShouldBeTrue($"{version} has other bytes");
            other.Metadata.ShouldBe(one.Metadata);
            other.Tags.ShouldBe(one.Tags);
            (one.Status, other.Status).ShouldBe(("COMPLETED", "REPLICA"), version.ToString());
        });
    }

    [Fact]
    public async Task Two_stores_that_replicate_to_one_another_agree_after_both_were_killed()
    {
        using var first = new TemporaryDirectory();
        using var second = new TemporaryDirectory();
        await using var one = await Node.StartAsync(first);
        await using var other = await Node.StartAsync(second);
        await one.CreateBucketAsync();
        await other.CreateBucketAsync();
        await one.NameAsync("away", other, "add");
        await other.NameAsync("away", one, "add");
        await one.ReplicateAsync("away");
        await other.ReplicateAsync("away");
        var acknowledged = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(writer => WriteAsync(writer % 2 == 0 ? one : other, writer, acknowledged, stop.Token)).ToArray();
        using var limit = new CancellationTokenSource(Patience);
        while (acknowledged.Count < 100) await Task.Delay(10, limit.Token);
        await Task.WhenAll(one.RestartAsync(), other.RestartAsync());
        await one.NameAsync("away", other, "set");
        await other.NameAsync("away", one, "set");
        while (acknowledged.Count < 200) await Task.Delay(10, limit.Token);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        // What one has sent may have to be told back by the other.
        using var patience = new CancellationTokenSource(Patience);
        do
        {
            await UntilNothingWaitsAsync(one);
            await UntilNothingWaitsAsync(other);
            patience.IsCancellationRequested.ShouldBeFalse("they do not come to rest");
        }
        while (await PendingAsync(one) + await PendingAsync(other) > 0);
        var (left, right) = (await ListAsync(one), await ListAsync(other));
        right.ShouldBe(left);
        left.Select(version => version.VersionId).ShouldBeUnique();
        acknowledged.Keys.Except(left.Select(version => version.VersionId)).ShouldBeEmpty();
        await Parallel.ForEachAsync(left.Where(version => version.IsDeleteMarker != true), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (version, ct) =>
        {
            var (mine, theirs) = (await ReadAsync(one, version, ct), await ReadAsync(other, version, ct));
            theirs.Body.AsSpan().SequenceEqual(mine.Body).ShouldBeTrue($"{version} has other bytes");
            theirs.Tags.ShouldBe(mine.Tags);
        });
    }

    /// <summary>Versions of every storage path, delete markers and tags, until it is stopped; a server that is away is waited for.</summary>
    private static async Task WriteAsync(Node node, int writer, ConcurrentDictionary<string, string> acknowledged, CancellationToken stop)
    {
        var random = new Random(writer);
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var key = $"key-{random.Next(24)}";
            try
            {
                var client = node.Client;
                if (random.Next(8) == 0)
                {
                    var deleted = await client.DeleteObjectAsync(Bucket, key, CancellationToken.None);
                    acknowledged[deleted.VersionId] = "";
                    continue;
                }
                var body = new byte[random.Next(3) switch { 0 => random.Next(200), 1 => 20_000 + random.Next(1000), _ => 300_000 }];
                random.NextBytes(body);
                var put = await client.PutObjectAsync(new PutObjectRequest
                {
                    BucketName = Bucket, Key = key, InputStream = new MemoryStream(body), ContentType = "application/x-random", Metadata = { ["writer"] = $"{writer}/{i}" },
                }, CancellationToken.None);
                acknowledged[put.VersionId] = put.ETag.Trim('"');
                if (random.Next(3) != 0) continue;
                var tagging = new Tagging { TagSet = [new Tag { Key = "writer", Value = $"{writer}/{i}" }] };
                await client.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = Bucket, Key = key, VersionId = put.VersionId, Tagging = tagging }, CancellationToken.None);
            }
            catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The server was killed: what was under way may or may not be there.
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    private static async Task UntilNothingWaitsAsync(Node node)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (await PendingAsync(node) is var pending and > 0)
        {
            limit.IsCancellationRequested.ShouldBeFalse($"{pending} still wait\n{await node.StatusAsync()}\n{node.Output}");
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private static async Task<long> PendingAsync(Node node) => (await node.StatusAsync()).GetProperty("destinations")[0].GetProperty("pending").GetInt64();

    private static async Task<List<Seen>> ListAsync(Node node)
    {
        var all = new List<Seen>();
        await foreach (var version in node.Client.Paginators.ListVersions(new ListVersionsRequest { BucketName = Bucket }).Versions)
            all.Add(new Seen(version.Key, version.VersionId, version.ETag?.Trim('"') ?? "", version.Size, version.LastModified, version.IsLatest, version.IsDeleteMarker));
        return all;
    }

    private static async Task<(byte[] Body, string Metadata, string Tags, string? Status)> ReadAsync(Node node, Seen version, CancellationToken ct)
    {
        using var answer = await node.Client.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = version.Key, VersionId = version.VersionId }, ct);
        using var body = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(body, ct);
        var tags = (await node.Client.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = Bucket, Key = version.Key, VersionId = version.VersionId }, ct)).Tagging;
        return (body.ToArray(), $"{answer.Headers.ContentType} {answer.Metadata["writer"]}", string.Join(',', (tags ?? []).Select(tag => $"{tag.Key}={tag.Value}")), answer.ReplicationStatus?.Value);
    }

    /// <summary>A server that is killed and started again over its drives, each time on another port.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly TemporaryDirectory _data;
        private ServerProcess _server;

        private Node(TemporaryDirectory data, ServerProcess server)
        {
            (_data, _server) = (data, server);
            Client = Connect(server);
        }

        public AmazonS3Client Client { get; private set; }

        public string Output => _server.Output;

        public static async Task<Node> StartAsync(TemporaryDirectory data) => new(data, await LaunchAsync(data));

        public async Task RestartAsync()
        {
            await _server.KillAsync();
            await _server.DisposeAsync();
            _server = await LaunchAsync(_data);
            Client = Connect(_server);
        }

        public async Task CreateBucketAsync()
        {
            await Client.PutBucketAsync(Bucket);
            await Client.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = Bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } });
        }

        public async Task NameAsync(string name, Node remote, string verb)
        {
            await File.WriteAllTextAsync(_data["secret"], ServerProcess.SecretKey + "\n");
            await AdminAsync("remote", verb, name, remote._server.Endpoint.GetLeftPart(UriPartial.Authority), "--key-id", ServerProcess.AccessKey, "--secret-file", _data["secret"]);
        }

        public Task ReplicateAsync(string remote) => Client.PutBucketReplicationAsync(new PutBucketReplicationRequest
        {
            BucketName = Bucket,
            Configuration = new ReplicationConfiguration
            {
                Role = "arn:aws:iam::000000000000:root",
                Rules =
                [
                    new ReplicationRule
                    {
                        Id = "all", Priority = 1, Status = ReplicationRuleStatus.Enabled, Filter = new ReplicationRuleFilter { Prefix = "" },
                        DeleteMarkerReplication = new DeleteMarkerReplication { Status = DeleteMarkerReplicationStatus.Enabled },
                        SourceSelectionCriteria = new SourceSelectionCriteria { ReplicaModifications = new ReplicaModifications { Status = ReplicaModificationsStatus.Enabled } },
                        Destination = new ReplicationDestination { BucketArn = $"arn:objectstore:s3:{remote}::{Bucket}" },
                    },
                ],
            },
        });

        public Task<JsonElement> StatusAsync() => AdminAsync("replication", "status", Bucket);

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task<JsonElement> AdminAsync(params string[] arguments) => JsonElement.Parse((await ServerProcess.RunToEndAsync(
            ["admin", .. arguments, "--json"],
            new Dictionary<string, string>
            {
                ["OBJECTSTORE_ENDPOINT"] = _server.Endpoint.ToString(),
                ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey,
                ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
            })).Succeeded());

        private static async Task<ServerProcess> LaunchAsync(TemporaryDirectory data)
        {
            var keys = data["keys.json"];
            if (!File.Exists(keys))
            {
                await File.WriteAllTextAsync(keys, $$"""{ "default": "first", "keys": { "first": "{{Convert.ToBase64String(new byte[32])}}" } }""");
                File.SetUnixFileMode(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
            return await ServerProcess.StartAsync(data.Path, drives: 2, arguments: ["--kms-key-file", keys]);
        }

        private static AmazonS3Client Connect(ServerProcess server) => new(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
        {
            ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1", Timeout = TimeSpan.FromSeconds(60),
        });
    }
}
