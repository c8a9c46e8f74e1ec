using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>Two real servers, one the remote of the other, which are killed while versions go between them.</summary>
public sealed class ReplicaCrashTests
{
    private const string Bucket = "replicated";
    private const int PartBytes = 5 << 20;

    [Fact]
    public async Task Versions_parts_and_markers_arrive_whole_and_once_although_both_servers_are_killed()
    {
        using var sourceData = new TemporaryDirectory();
        using var targetData = new TemporaryDirectory();
        await File.WriteAllTextAsync(sourceData["secret"], ServerProcess.SecretKey + "\n");
        string[] keys = ["--kms-key-file", sourceData["keys.json"]];
        var bodies = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var source = await ServerProcess.StartAsync(sourceData.Path, drives: 1, arguments: keys);
        try
        {
            for (var round = 0; round < 4; round++)
            {
                await using var target = await ServerProcess.StartAsync(targetData.Path, drives: 1);
                if (round == 0) await SetUpAsync(source, target, sourceData);
                else await SetRemoteAsync(source, target, sourceData);
                using var client = ClientOf(source);
                await WriteAsync(client, round, bodies);
                // Somewhere in the transfer: within a part, between two, or after all of them.
                await Task.Delay(50 + (round * 150));
                await target.KillAsync();
                if (round != 2) continue;
                await source.KillAsync();
                await source.DisposeAsync();
                source = await ServerProcess.StartAsync(sourceData.Path, drives: 1, arguments: keys);
            }
            await using var last = await ServerProcess.StartAsync(targetData.Path, drives: 1);
            await SetRemoteAsync(source, last, sourceData);
            using var here = ClientOf(source);
            using var there = ClientOf(last);
            await ShouldComeToTheSameAsync(here, there, source);
            foreach (var (id, body) in bodies)
            {
                var (key, version) = (id.Split(' ')[0], id.Split(' ')[1]);
                using var answer = await there.GetObjectAsync(Bucket, key, version);
                using var bytes = new MemoryStream();
                await answer.ResponseStream.CopyToAsync(bytes);
                bytes.ToArray().AsSpan().SequenceEqual(body).ShouldBeTrue(id);
            }
            (await there.ListMultipartUploadsAsync(Bucket)).MultipartUploads.ShouldBeNull("each upload that was begun was gone on with");
        }
        finally
        {
            await source.DisposeAsync();
        }
    }

    private static async Task SetUpAsync(ServerProcess source, ServerProcess target, TemporaryDirectory data)
    {
        foreach (var server in (ServerProcess[])[source, target])
        {
            using var client = ClientOf(server);
            await client.PutBucketAsync(Bucket);
            await client.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = Bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } });
        }
        await SetRemoteAsync(source, target, data);
        using var owner = ClientOf(source);
        await owner.PutBucketReplicationAsync(new PutBucketReplicationRequest
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
                        Destination = new ReplicationDestination { BucketArn = $"arn:objectstore:s3:away::{Bucket}" },
                    },
                ],
            },
        });
    }

    private static async Task SetRemoteAsync(ServerProcess source, ServerProcess target, TemporaryDirectory data) => (await ServerProcess.RunToEndAsync(
        ["admin", "remote", "set", "away", target.Endpoint.ToString().TrimEnd('/'), "--key-id", ServerProcess.AccessKey, "--secret-file", data["secret"]],
        new Dictionary<string, string>
        {
            ["OBJECTSTORE_ENDPOINT"] = source.Endpoint.ToString(),
            ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey,
            ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
        })).Succeeded();

    private static async Task WriteAsync(AmazonS3Client client, int round, Dictionary<string, byte[]> bodies)
    {
        for (var i = 0; i < 12; i++)
        {
            var body = Bytes((round * 100) + i, i % 4 == 0 ? 300_000 : 1000);
            var put = await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = $"k{i % 5}", InputStream = new MemoryStream(body) });
            bodies.Add($"k{i % 5} {put.VersionId}", body);
        }
        await client.DeleteObjectAsync(Bucket, $"k{round}");
        byte[][] parts = [Bytes(round + 1000, PartBytes), Bytes(round + 2000, PartBytes), Bytes(round + 3000, 1000)];
        var upload = await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = Bucket, Key = "parts" });
        var done = new List<PartETag>();
        for (var i = 0; i < parts.Length; i++)
        {
            var part = await client.UploadPartAsync(new UploadPartRequest { BucketName = Bucket, Key = "parts", UploadId = upload.UploadId, PartNumber = i + 1, InputStream = new MemoryStream(parts[i]) });
            done.Add(new PartETag(i + 1, part.ETag));
        }
        var completed = await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = Bucket, Key = "parts", UploadId = upload.UploadId, PartETags = done });
        bodies.Add($"parts {completed.VersionId}", [.. parts[0], .. parts[1], .. parts[2]]);
    }

    private static async Task ShouldComeToTheSameAsync(AmazonS3Client here, AmazonS3Client there, ServerProcess source)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var expected = await VersionsAsync(here);
        while (true)
        {
            var found = await VersionsAsync(there);
            if (found.SequenceEqual(expected)) return;
            if (patience.IsCancellationRequested) found.ShouldBe(expected, source.Output);
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static async Task<List<string>> VersionsAsync(AmazonS3Client client) =>
        [.. (await client.ListVersionsAsync(Bucket)).Versions?.Select(version => $"{version.Key} {version.VersionId} {version.ETag} {version.Size} {version.IsLatest} {version.IsDeleteMarker} {version.LastModified:O}") ?? []];

    private static AmazonS3Client ClientOf(ServerProcess server) => new(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
    {
        ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1", Timeout = TimeSpan.FromSeconds(120),
    });

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
