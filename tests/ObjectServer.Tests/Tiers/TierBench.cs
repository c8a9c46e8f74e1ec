using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Background;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Tests.Cli;
using ObjectStore.Server.Tests.S3.Operations;
using ObjectStore.Server.Tiers;

namespace ObjectStore.Server.Tests.Tiers;

/// <summary>A server whose clock stands still, and another one that is its tier. Background work runs when the test says so.</summary>
public sealed class TierBench : IAsyncLifetime
{
    public const string Class = "COLD";
    public const string There = "tier";

    private readonly FixedTime _time = new();
    private LifecycleRunner _lifecycle = null!;
    private GarbageCollector _collector = null!;

    public TierBench()
    {
        Server = new SdkServer { KeyManager = Keys, StoreTime = _time };
        Other = new SdkServer();
    }

    internal TestKeys Keys { get; } = new();

    public SdkServer Server { get; }

    public SdkServer Other { get; }

    public AmazonS3Client S3 => Server.Client;

    internal CliRun Cli { get; private set; } = null!;

    internal TierRunner Tiers => Server.Remotes.TierRunner;

    internal DateTimeOffset Now => _time.GetUtcNow();

    public async Task InitializeAsync()
    {
        await Task.WhenAll(Server.InitializeAsync(), Other.InitializeAsync());
        _lifecycle = new LifecycleRunner(Server.Services.Engine, new DueExecutor(Server.Services.Engine), rowsPerSecond: 1e9);
        _collector = new GarbageCollector(Server.Services.Engine);
        Cli = new CliRun(Server.Address) { Input = "secret-key-of-the-tests\n" };
        await Other.Client.PutBucketAsync(There);
        (await Cli.RunAsync($"remote add cold {Other.Address.GetLeftPart(UriPartial.Authority)} --key-id access-key --secret-file -")).Ok();
    }

    public async Task DisposeAsync()
    {
        await ShouldBeSoundAsync();
        await Server.DisposeAsync();
        await Other.DisposeAsync();
    }

    public async Task AddTierAsync(string options = "", string bucket = There) => (await Cli.RunAsync($"tier add {Class} --remote cold --bucket {bucket} {options}")).Ok();

    /// <summary>Whose current versions, and whose noncurrent ones, go to the tier after a day, however small they are.</summary>
    public async Task<string> NewBucketAsync(bool versioned = false, bool hasRules = true)
    {
        var bucket = await Server.NewBucketAsync(versioned);
        if (hasRules) await SetRulesAsync(bucket);
        return bucket;
    }

    public Task SetRulesAsync(string bucket, string storageClass = Class) => S3.PutLifecycleConfigurationAsync(new()
    {
        BucketName = bucket,
        Configuration = new()
        {
            Rules =
            [
                new()
                {
                    Id = "cold", Status = LifecycleRuleStatus.Enabled, Filter = new() { LifecycleFilterPredicate = new LifecycleObjectSizeGreaterThanPredicate { ObjectSizeGreaterThan = 0 } },
                    Transitions = [new() { Days = 1, StorageClass = storageClass }],
                    NoncurrentVersionTransitions = [new() { NoncurrentDays = 1, StorageClass = storageClass }],
                },
            ],
        },
    });

    public async Task<PutObjectResponse> PutAsync(string bucket, string key, byte[] body, Action<PutObjectRequest>? change = null)
    {
        var request = new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(body), ContentType = "text/x-test" };
        change?.Invoke(request);
        return await S3.PutObjectAsync(request);
    }

    public async Task<byte[]> GetAsync(string bucket, string key, Action<GetObjectRequest>? change = null)
    {
        var request = new GetObjectRequest { BucketName = bucket, Key = key };
        change?.Invoke(request);
        using var answer = await S3.GetObjectAsync(request);
        var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public Task<RestoreObjectResponse> RestoreAsync(string bucket, string key, int days, string? versionId = null) =>
        S3.RestoreObjectAsync(new() { BucketName = bucket, Key = key, VersionId = versionId, Days = days });

    /// <summary>Days go by, and what is due then is done.</summary>
    public Task PassDaysAsync(int days = 2)
    {
        _time.Advance(TimeSpan.FromDays(days));
        return SettleAsync();
    }

    public async Task SettleAsync()
    {
        while (await _lifecycle.PassAsync(default) | await Tiers.PassAsync(default))
        {
        }
    }

    /// <summary>Days go by, and the workers of tiers run until something is so.</summary>
    /// <param name="end">Called before the workers are awaited.</param>
    public async Task RunUntilAsync(Func<Task<bool>> isSo, Action end)
    {
        _time.Advance(TimeSpan.FromDays(2));
        using var stop = new CancellationTokenSource();
        var running = Tiers.RunAsync(stop.Token);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            while (!await isSo())
            {
                limit.IsCancellationRequested.ShouldBeFalse("it did not become so");
                await _lifecycle.PassAsync(default);
                await Task.Delay(5, CancellationToken.None);
            }
        }
        finally
        {
            end();
            await stop.CancelAsync();
            await running;
        }
    }

    /// <summary>What is unlinked is freed, here and there.</summary>
    public async Task CollectAsync()
    {
        _time.Advance(TimeSpan.FromHours(1));
        await _collector.CollectAsync(default);
        await Tiers.PassAsync(default);
    }

    /// <summary>Keys in the tier, in their order.</summary>
    public async Task<List<string>> KeysThereAsync(string bucket = There) => [.. ((await Other.Client.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects ?? []).Select(item => item.Key)];

    public async Task<byte[]> BytesThereAsync(string key, string bucket = There)
    {
        using var answer = await Other.Client.GetObjectAsync(bucket, key);
        var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    /// <summary>Whether the metadata agree with themselves.</summary>
    public async Task ShouldBeSoundAsync()
    {
        using var snapshot = Server.Rows.Snapshot();
        (await new MetadataCheck(snapshot).RunAsync(default)).ShouldBeEmpty();
        (await new DueCheck(snapshot, Server.Services.Engine.Lifecycle, Server.Services.Engine.NowTicks()).RunAsync(default)).ShouldBeEmpty();
    }

    public static async Task<string> ErrorOfAsync(Func<Task> call)
    {
        var error = await Should.ThrowAsync<AmazonS3Exception>(call);
        return $"{(int)error.StatusCode} {error.ErrorCode}";
    }
}
