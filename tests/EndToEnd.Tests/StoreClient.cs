using System.Collections.Concurrent;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>Writes objects of every storage path (inlined, logged, bulk, several blobs) and remembers what was acknowledged.</summary>
/// <param name="recipes">What the seeds stand for.</param>
internal sealed class StoreClient(ServerProcess server, Func<int, ObjectRecipe> recipes, StoreClient? before = null) : IDisposable
{
    public const string Bucket = ObjectRecipe.Bucket;

    /// <summary>Of a server for varied objects: with keys, and with days of a second, after which some objects move to another erasure scheme.</summary>
    public static readonly string[] VariedOptions = ["--allow-sse-c-without-tls", "--lifecycle-day", "1", "--storage-class", "STANDARD_IA=2+2", "--compression", "1"];

    private readonly AmazonS3Client _s3 = new(new BasicAWSCredentials(ServerProcess.AccessKey, ServerProcess.SecretKey), new AmazonS3Config
    {
        ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1",
        Timeout = TimeSpan.FromSeconds(120),
    });

    /// <summary>Plain objects, each put in one call.</summary>
    public StoreClient(ServerProcess server)
        : this(server, ObjectRecipe.Plain)
    {
    }

    /// <summary>Keys whose writes were answered with 200, and the seed of their bytes.</summary>
    public ConcurrentDictionary<string, int> Acknowledged { get; } = before?.Acknowledged ?? new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, byte> Deleted { get; } = before?.Deleted ?? new(StringComparer.Ordinal);

    public IAmazonS3 S3 => _s3;

    /// <summary>The same objects, of the server that was started again.</summary>
    public StoreClient Next(ServerProcess server)
    {
        Dispose();
        return new StoreClient(server, recipes, this);
    }

    /// <summary>A server that can make all <see cref="ObjectRecipe.Varied"/> objects, over the drives that are there.</summary>
    public static async Task<ServerProcess> StartVariedAsync(TemporaryDirectory data)
    {
        var keys = data["keys.json"];
        if (!File.Exists(keys))
        {
            var (first, second) = (Convert.ToBase64String(new byte[32]), Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray()));
            await File.WriteAllTextAsync(keys, $$"""{ "default": "first", "keys": { "first": "{{first}}", "{{ObjectRecipe.SecondKeyId}}": "{{second}}" } }""");
            File.SetUnixFileMode(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        return await ServerProcess.StartAsync(data.Path, arguments: [.. VariedOptions, "--kms-key-file", keys]);
    }

    /// <summary>A bucket whose objects below 0/ go to another class, with another erasure scheme, when they are a second old.</summary>
    public async Task CreateVariedBucketAsync()
    {
        await S3.PutBucketAsync(Bucket);
        await S3.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest
        {
            BucketName = Bucket,
            Configuration = new LifecycleConfiguration
            {
                Rules =
                [
                    new LifecycleRule
                    {
                        Id = "move", Status = LifecycleRuleStatus.Enabled, Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = "0/" } },
                        Transitions = [new LifecycleTransition { Days = 1, StorageClass = S3StorageClass.StandardInfrequentAccess }],
                    },
                ],
            },
        });
    }

    public byte[] Content(int seed) => recipes(seed).Content();

    public async Task PutAsync(int seed, CancellationToken ct = default)
    {
        var recipe = recipes(seed);
        await recipe.MakeAsync(_s3, ct);
        Acknowledged[recipe.Key] = seed;
        if (recipe.Making == Making.Rewrap) await recipe.RewrapAsync(_s3, ct);
    }

    /// <summary>Deletes what a seed stands for.</summary>
    public async Task DeleteAsync(int seed, CancellationToken ct = default)
    {
        var key = recipes(seed).Key;
        Acknowledged.TryRemove(key, out _);
        await _s3.DeleteObjectAsync(Bucket, key, ct);
        Deleted[key] = 0;
    }

    public Task<byte[]> ReadAsync(int seed, CancellationToken ct = default) => recipes(seed).ReadAsync(_s3, null, ct);

    /// <summary>Every acknowledged object is there byte for byte, also in a range, and stands in the listing; what was deleted is not.</summary>
    public async Task VerifyAsync()
    {
        await Parallel.ForEachAsync(Acknowledged.Values, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (seed, ct) =>
        {
            var recipe = recipes(seed);
            var content = recipe.Content();
            (await recipe.ReadAsync(_s3, null, ct)).AsSpan().SequenceEqual(content).ShouldBeTrue($"{recipe} came back with other bytes");
            if (content.Length == 0) return;
            var random = new Random(seed);
            var first = random.Next(content.Length);
            var last = random.Next(first, content.Length);
            (await recipe.ReadAsync(_s3, (first, last), ct)).AsSpan().SequenceEqual(content.AsSpan(first..(last + 1))).ShouldBeTrue($"{recipe} came back with other bytes in {first}-{last}");
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
