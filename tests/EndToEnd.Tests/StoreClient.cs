using System.Collections.Concurrent;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>Writes objects of every storage path (inlined, logged, bulk, several blobs) and remembers what was acknowledged.</summary>
internal sealed class StoreClient : IDisposable
{
    public const string Bucket = "end-to-end";

    // Inlined in the index; log records; one bulk extent a shard; more than one stripe group.
    private static readonly int[] Sizes = [0, 1, 700, 16 * 1024, 16 * 1024 + 1, 100_000, 700_000, 1 << 20, (1 << 20) + 1, 3_000_000];
    private readonly AmazonS3Client _s3;

    public StoreClient(ServerProcess server, ConcurrentDictionary<string, int>? acknowledged = null)
    {
        Acknowledged = acknowledged ?? new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        _s3 = new AmazonS3Client(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
        {
            ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1",
            Timeout = TimeSpan.FromSeconds(120),
        });
    }

    /// <summary>Keys whose PUT was answered with 200, and the seed of their bytes.</summary>
    public ConcurrentDictionary<string, int> Acknowledged { get; }

    public ConcurrentDictionary<string, byte> Deleted { get; } = new(StringComparer.Ordinal);

    public IAmazonS3 S3 => _s3;

    public static byte[] Content(int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[Sizes[seed % Sizes.Length]];
        random.NextBytes(bytes);
        return bytes;
    }

    public async Task PutAsync(int seed, CancellationToken ct = default)
    {
        var key = $"{seed % 7}/object-{seed}";
        using var body = new MemoryStream(Content(seed));
        await _s3.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, InputStream = body }, ct);
        Acknowledged[key] = seed;
    }

    public async Task DeleteAsync(string key, CancellationToken ct = default)
    {
        Acknowledged.TryRemove(key, out _);
        await _s3.DeleteObjectAsync(Bucket, key, ct);
        Deleted[key] = 0;
    }

    /// <summary>Every acknowledged object is there byte for byte, and stands in the listing; what was deleted is not.</summary>
    public async Task VerifyAsync()
    {
        await Parallel.ForEachAsync(Acknowledged, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (entry, ct) =>
        {
            using var answer = await _s3.GetObjectAsync(Bucket, entry.Key, ct);
            using var bytes = new MemoryStream();
            await answer.ResponseStream.CopyToAsync(bytes, ct);
            bytes.GetBuffer().AsSpan(0, (int)bytes.Length).SequenceEqual(Content(entry.Value)).ShouldBeTrue($"{entry.Key} came back with other bytes");
        });
        var listed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var found in _s3.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Bucket }).S3Objects) listed.Add(found.Key);
        Acknowledged.Keys.Where(key => !listed.Contains(key)).ShouldBeEmpty("acknowledged, but not listed");
        Deleted.Keys.Where(listed.Contains).ShouldBeEmpty("deleted, but listed");
        foreach (var key in Deleted.Keys.Take(50))
        {
            var gone = await Should.ThrowAsync<AmazonS3Exception>(() => _s3.GetObjectMetadataAsync(Bucket, key));
            gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    public void Dispose() => _s3.Dispose();
}
