using System.Net;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Composition;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Steps;
using ObjectStore.Grpc;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Fixture;

/// <summary>The driver in this process, on a unix socket of its own, made of the parts that the executable is made of.</summary>
internal sealed class TestDriver : IAsyncDisposable
{
    public const string V1 = "cosi.v1alpha1.Provisioner/";
    public const string V2 = "sigs.k8s.io.cosi.v1alpha2.Provisioner/";

    private readonly TemporaryDirectory _directory = new();
    private DriverParts? _parts;

    public CosiDriver Driver { get; private set; } = null!;

    public OrphanSweep? Sweep => _parts!.Sweep;

    public KeyRotation Rotation => _parts!.Rotation;

    public GrpcClient Client { get; private set; } = null!;

    public CosiMetrics Metrics { get; private set; } = null!;

    public string SocketPath => _directory["cosi.sock"];

    public DriverOptions Options { get; private set; } = null!;

    public static Task<TestDriver> StartAsync(StoreFixture store, IStepObserver? steps = null, Func<DriverOptions, DriverOptions>? change = null, TimeProvider? time = null,
        KubernetesClient? kubernetes = null, string? clusterId = null) =>
        StartAsync(store.Server.Endpoint, steps, change, time, kubernetes, clusterId);

    /// <param name="time">By which deadlines are kept.</param>
    public static async Task<TestDriver> StartAsync(Uri server, IStepObserver? steps = null, Func<DriverOptions, DriverOptions>? change = null, TimeProvider? time = null,
        KubernetesClient? kubernetes = null, string? clusterId = null)
    {
        var driver = new TestDriver();
        var options = new DriverOptions
        {
            DriverName = "tests.cosi.dev",
            Endpoint = GrpcAddress.Parse("unix://" + driver.SocketPath),
            Server = server,
            AccessKey = ServerProcess.AccessKey,
            SecretKey = new Secret(ServerProcess.SecretKey),
            Region = "us-east-1",
            S3Endpoint = "https://objects.example.org",
            AddressingStyle = AddressingStyle.Path,
            MetricsAddress = new IPEndPoint(IPAddress.Loopback, 0),
            StopGrace = TimeSpan.FromSeconds(60),
            CallTimeout = TimeSpan.FromSeconds(120),
            LogLevel = LogLevel.Information,
            JsonLogs = false,
        };
        driver.Options = change?.Invoke(options) ?? options;
        driver.Metrics = new CosiMetrics(NullLogger.Instance);
        driver._parts = DriverParts.Create(driver.Options, kubernetes, clusterId, steps ?? driver.Metrics, driver.Metrics, NullLogger.Instance, TimeProvider.System, Random.Shared);
        driver.Driver = await CosiDriver.StartAsync(
            driver.Options, driver._parts.Buckets, driver._parts.Access, driver.Metrics, NullLoggerFactory.Instance, time ?? TimeProvider.System, CancellationToken.None);
        driver.Client = new GrpcClient(driver.SocketPath);
        return driver;
    }

    public async Task<T> CallAsync<T>(string method, IMessage request) where T : IMessage<T>, new() => (await Client.CallAsync(method, request)).Read<T>();

    /// <summary>The text of a refusal, which must have this code and nothing of the machinery in it.</summary>
    public async Task<string> RefusedAsync(GrpcStatusCode code, string method, IMessage request)
    {
        var answer = await Client.CallAsync(method, request);
        answer.Code.ShouldBe(code, answer.Text);
        answer.HasDetails.ShouldBeFalse();
        answer.Text.ShouldNotBeEmpty();
        answer.Text.ShouldNotContain(ServerProcess.SecretKey);
        return answer.Text;
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Driver is not null) await Driver.DisposeAsync();
        _parts?.Dispose();
        _directory.Dispose();
    }
}
