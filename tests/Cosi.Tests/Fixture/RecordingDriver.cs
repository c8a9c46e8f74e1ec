using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Buckets;
using ObjectStore.Cosi.Composition;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Grpc;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Fixture;

/// <summary>The driver's rpcs over halves that only write down what they are asked for.</summary>
internal sealed class RecordingDriver : IBucketProvisioner, IAccessProvisioner, IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public ConcurrentQueue<object> Asked { get; } = [];

    /// <summary>What everything is refused with; null for nothing.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>Runs under every call.</summary>
    public Func<CancellationToken, Task> Meanwhile { get; set; } = _ => Task.CompletedTask;

    public GrantedAccess Granted { get; set; } = new("the-account", "THEKEY", new Secret("the-secret"));

    public bool NameWasId { get; set; }

    public CosiDriver Driver { get; private set; } = null!;

    public GrpcClient Client { get; private set; } = null!;

    public static async Task<RecordingDriver> StartAsync(Func<DriverOptions, DriverOptions>? change = null, TimeProvider? time = null)
    {
        var driver = new RecordingDriver();
        var options = new DriverOptions
        {
            DriverName = "tests.cosi.dev", Endpoint = GrpcAddress.Parse("unix://" + driver._directory["cosi.sock"]), Server = new Uri("http://127.0.0.1:1"),
            AccessKey = "a", SecretKey = new Secret("s"), Region = "eu-central-9", S3Endpoint = "https://s3.example.org:9000", AddressingStyle = AddressingStyle.Virtual,
            MetricsAddress = new IPEndPoint(IPAddress.Loopback, 0), StopGrace = TimeSpan.FromSeconds(60), CallTimeout = TimeSpan.FromSeconds(300),
            LogLevel = LogLevel.Information, JsonLogs = false,
        };
        driver.Driver = await CosiDriver.StartAsync(change?.Invoke(options) ?? options, driver, driver, new CosiMetrics(NullLogger.Instance), NullLoggerFactory.Instance,
            time ?? TimeProvider.System, CancellationToken.None);
        driver.Client = new GrpcClient(driver._directory["cosi.sock"]);
        return driver;
    }

    public T LastAsked<T>() => Asked.Last().ShouldBeOfType<T>();

    public Outcome<string> GenerateId(BucketRequest request)
    {
        Asked.Enqueue(request);
        return Refusal is null ? "cosi-" + request.Name : Refusal;
    }

    public Task<Outcome<ProvisionedBucket>> CreateAsync(BucketRequest request, CancellationToken ct) => AnswerAsync(request, new ProvisionedBucket(request.Name, NameWasId), ct);

    public Task<Outcome<ProvisionedBucket>> GetAsync(BucketRequest request, CancellationToken ct) => AnswerAsync(request, new ProvisionedBucket(request.Name, true), ct);

    public Task<Outcome<Done>> DeleteAsync(BucketRequest request, CancellationToken ct) => AnswerAsync(request, default(Done), ct);

    public Task<Outcome<string>> GenerateIdAsync(AccessRequest request, CancellationToken ct) => AnswerAsync(request, "id-of-" + request.AccountName, ct);

    public Task<Outcome<GrantedAccess>> GrantAsync(AccessRequest request, CancellationToken ct) => AnswerAsync(request, Granted, ct);

    public Task<Outcome<Done>> RevokeAsync(RevokeRequest request, CancellationToken ct) => AnswerAsync(request, default(Done), ct);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Driver is not null) await Driver.DisposeAsync();
        _directory.Dispose();
    }

    private async Task<Outcome<T>> AnswerAsync<T>(object request, T answer, CancellationToken ct)
    {
        Asked.Enqueue(request);
        await Meanwhile(ct);
        return Refusal is null ? answer : Refusal;
    }
}
