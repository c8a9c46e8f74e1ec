using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using ObjectStore.Server.Admin;
using ObjectStore.Server.Admin.Calls;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Composition;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;
using ObjectStore.Server.Replication;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Analytics;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Operations;
using ObjectStore.Server.S3.Replication;
using ObjectStore.TestKit.Kv;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>The real server on a loopback port of its own, over metadata and blobs in memory, and the AWS SDK as its client.</summary>
public sealed class SdkServer : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FaultLog _logs = new();
    private Task _running = Task.CompletedTask;
    private int _buckets;

    public AmazonS3Client Client { get; private set; } = null!;

    internal BucketService Buckets { get; private set; } = null!;

    internal NotificationService Notifications { get; private set; } = null!;

    /// <summary>The clock of the store; that of requests and their signatures is the machine's.</summary>
    internal TimeProvider? StoreTime { get; init; }

    /// <summary>Also lets customers' keys come without TLS; null: there is no encryption.</summary>
    internal IKeyManager? KeyManager { get; init; }

    /// <summary>Why nothing can be compressed or opened, or null; asked whenever something is.</summary>
    internal Func<string?> FindZstdProblem { get; init; } = Zstandard.ZstdLibrary.FindProblem;

    /// <summary>Messages that the server has logged, the last ones.</summary>
    internal IEnumerable<string> Logged => _logs.Messages;

    internal IReadOnlyList<string> WebsiteDomains { get; init; } = [];

    internal S3Dialect Dialect { get; init; } = S3Dialect.Aws;

    internal Server.S3.Authorization.ObjectOwnership Ownership { get; init; } = Server.S3.Authorization.ObjectOwnership.BucketOwnerEnforced;

    internal RequestMetrics RequestMetrics { get; private set; } = null!;

    /// <summary>Nothing is delivered but by who asks for it: there is no background work.</summary>
    internal AccessLog AccessLog { get; private set; } = null!;

    internal AnalyticsCounters Analytics { get; private set; } = null!;

    internal ObjectServices Services { get; private set; } = null!;

    internal RemoteService Remotes { get; private set; } = null!;

    internal ReplicationSetup Replication { get; private set; } = null!;

    internal InMemoryKeyValueStore Rows { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    /// <summary>The last exception that the server has logged; null if there was none.</summary>
    internal Exception? LastFault => _logs.LastFault;

    /// <summary>Accounts and users of this server.</summary>
    internal IdentityService Identities { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new ServerOptions
        {
            Address = new ListenAddress("127.0.0.1", 0),
            Drives = ["/nowhere"],
            Parity = 0,
            Region = "us-east-1",
            Domains = [],
            Dialect = Dialect,
            DefaultObjectOwnership = Ownership,
            WebsiteDomains = WebsiteDomains,
            Tls = null,
            RootUser = "access-key",
            RootPassword = new Secret("secret-key-of-the-tests"),
            HasDefaultCredentials = false,
            SignatureV2 = true,
            ErasureKernel = null,
            IoMode = null,
            Notifications = new NotificationOptions
            {
                AllowedEndpoints = EndpointList.Parse(["*"]).List!,
                FirstRetry = TimeSpan.FromMilliseconds(20),
                LongestRetry = TimeSpan.FromMilliseconds(100),
            },
            LogLevel = Microsoft.Extensions.Logging.LogLevel.None,
        };
        var server = new ServerProcess(options, OpenStoreAsync, _logs, TimeProvider.System, new Random(1));
        _running = server.RunAsync(addresses => listening.SetResult(addresses[0]), _stop.Token);
        await Task.WhenAny(_running, listening.Task);
        if (_running.IsCompleted)
            await _running;
        Address = new Uri(await listening.Task);
        Client = NewClient();
    }

    /// <summary>A client of another configuration; dispose it.</summary>
    public AmazonS3Client NewClient(Action<AmazonS3Config>? configure = null)
    {
        var config = new AmazonS3Config { ServiceURL = Address.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true };
        configure?.Invoke(config);
        return new AmazonS3Client(new BasicAWSCredentials("access-key", "secret-key-of-the-tests"), config);
    }

    /// <summary>A client of somebody else; dispose it.</summary>
    public AmazonS3Client NewClientOf(string accessKey, string secretKey) => ClientOf(new BasicAWSCredentials(accessKey, secretKey));

    /// <summary>A client of somebody else, or of nobody; dispose it.</summary>
    public AmazonS3Client ClientOf(AWSCredentials credentials) => new(
        credentials, new AmazonS3Config { ServiceURL = Address.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = true });

    public async Task<string> NewBucketAsync(bool versioned = false)
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        await Client.PutBucketAsync(name);
        if (versioned)
            await Client.PutBucketVersioningAsync(new() { BucketName = name, VersioningConfig = new() { Status = VersionStatus.Enabled } });
        return name;
    }

    private async ValueTask<IStore> OpenStoreAsync(ServerOptions options, Microsoft.Extensions.Logging.ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        var store = await MemoryStore.OpenAsync(options, loggers, StoreTime ?? time, KeyManager, new() { FindZstdProblem = FindZstdProblem }, ct);
        (Identities, Buckets, Notifications) = (store.Identities, store.Buckets, store.Notifications);
        (Remotes, Replication) = (store.Remotes, store.Replication);
        RequestMetrics = store.RequestMetrics;
        (AccessLog, Services, Rows) = (store.AccessLog, store.Services, store.Rows);
        Analytics = store.Analytics;
        return store;
    }

    public async Task DisposeAsync()
    {
        Client?.Dispose();
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private sealed class MemoryStore(
        InMemoryKeyValueStore store, IdentityService identities, ObjectServices services, IReadOnlyList<IS3Operation> operations, ICorsRules cors) : IStore, IStoreStatus
    {
        public IReadOnlyList<IS3Operation> Operations => operations;

        public IdentityService Identities => identities;

        public ICorsRules Cors => cors;

        public BucketService Buckets => services.Buckets;

        public required NotificationService Notifications { get; init; }

        public required CancellationTokenSource Stop { get; init; }

        public required Task Dispatching { get; init; }

        public IStoreStatus Status => this;

        public required RemoteService Remotes { get; init; }

        public required ReplicationSetup Replication { get; init; }

        public IEnumerable<AdminCall> AdminCalls => [.. new RemoteCalls(Remotes).All, .. new TierCalls(Remotes, services.Engine.Tiers).All, .. new ReplicationCalls(Replication.Service, TimeProvider.System).All];

        public required IAuthorizer Authorizer { get; init; }

        public IReadOnlyList<IMetricsSource> Metrics => [];

        public HealthReport Health => HealthReport.Ready;

        public required AccessLog AccessLog { get; init; }

        public required RequestMetrics RequestMetrics { get; init; }

        public required AnalyticsCounters Analytics { get; init; }

        RequestMetrics? IStore.RequestMetrics => RequestMetrics;

        AccessLog? IStore.AccessLog => AccessLog;

        ObjectReader? IStore.Reader => services.Reader;

        public ObjectServices Services => services;

        public InMemoryKeyValueStore Rows => store;

        public static async ValueTask<MemoryStore> OpenAsync(ServerOptions options, Microsoft.Extensions.Logging.ILoggerFactory loggers, TimeProvider time, IKeyManager? keys, ObjectServiceOptions serviceOptions, CancellationToken ct)
        {
            var store = new InMemoryKeyValueStore();
            var services = await ObjectServices.OpenAsync(store, new MemoryBlobStore(), serviceOptions, time, new Random(1), ct, new Keyring(keys));
            var identities = await IdentityService.OpenAsync(store, options.RootUser, options.RootPassword, time, RandomNumberGenerator.Create(), ct, dialect: options.Dialect);
            var cors = new CorsRules(services.Buckets);
            var operationOptions = new S3OperationOptions(options.Region) { DefaultOwnership = options.DefaultObjectOwnership, DefaultPublicAccess = options.DefaultPublicAccessBlock, ServesWebsites = options.WebsiteDomains.Count > 0, AllowCustomerKeysWithoutTls = keys is not null };
            var notifications = await NotificationService.OpenAsync(services.Engine, identities, options.Notifications, new Random(1), loggers, ct, keys: keys);
            var stop = new CancellationTokenSource();
            var requestMetrics = new RequestMetrics();
            var analytics = new AnalyticsCounters(services.Engine);
            var accessLog = new AccessLog(services, identities, options.Region);
            var remotes = await RemoteService.OpenAsync(services.Engine, keys, TimeProvider.System, null, ct, tierPartBytes: 5 << 20);
            var replicationOptions = new ReplicationOptions { FirstRetry = TimeSpan.FromMilliseconds(20), LongestRetry = TimeSpan.FromMilliseconds(200) };
            var replication = ReplicationSetup.Create(services, identities, new ReplicaSender(services, new RemoteTargets(remotes)), replicationOptions, new Random(1), loggers);
            remotes.Registry.AddUser(new ReplicationRemotes(services.Engine));
            return new MemoryStore(store, identities, services, OperationSet.All(services, identities, operationOptions, cors, notifications.Checks, accessLog, requestMetrics, analytics, replication), cors)
            {
                Notifications = notifications,
                Remotes = remotes,
                Replication = replication,
                Stop = stop,
                Dispatching = Task.WhenAll(
                    Task.Run(() => notifications.Dispatcher.RunAsync(stop.Token), CancellationToken.None),
                    Task.Run(() => replication.Engine.RunAsync(stop.Token), CancellationToken.None),
                    Task.Run(() => replication.Walker.RunAsync(stop.Token), CancellationToken.None)),
                AccessLog = accessLog,
                RequestMetrics = requestMetrics,
                Analytics = analytics,
                Authorizer = new Authorizer(services.Buckets, services.Reader, services.Uploads, identities, options.Region, options.Dialect),
            };
        }

        public StoreDocument Read() => new() { Scheme = new SchemeDocument(1, 0), Drives = [] };

        public async ValueTask DisposeAsync()
        {
            await Stop.CancelAsync();
            await Dispatching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Stop.Dispose();
            await Remotes.DisposeAsync();
            await store.DisposeAsync();
        }
    }
}
