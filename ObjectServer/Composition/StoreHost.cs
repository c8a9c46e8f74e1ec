using System.Security.Cryptography;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Repair;
using ObjectStore.Erasure.Sets;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Admin;
using ObjectStore.Server.Admin.Calls;
using ObjectStore.Server.Background;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.Remotes;
using ObjectStore.Server.Replication;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Analytics;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Inventory;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Operations;
using ObjectStore.Server.S3.Replication;
using ObjectStore.Server.Tiers;
using ObjectStore.Storage;
using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Composition;

/// <summary>The store behind the protocol, put together from its parts and taken apart in the opposite order.</summary>
internal sealed class StoreHost : IStore
{
    /// <summary>
    /// Stripe buffers of all requests together. An upload holds two groups of (k+m) × 256 KiB, 3 MiB at 4+2; further
    /// ones wait, so that 64 uploads or 640 take the same memory.
    /// </summary>
    private const long BufferBytes = 192L << 20;

    /// <summary>A supervisor kills what does not stop; a drive that hangs must not bring it to that.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _background = [];
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly IReadOnlyList<StoreDrive> _drives;
    private readonly EmbeddedKeyValueStore _metadata;
    private readonly IReadOnlyList<RegisteredDrive> _missing;
    private readonly BackgroundCensus _census;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private StoreHost(IReadOnlyList<StoreDrive> drives, IReadOnlyList<RegisteredDrive> registered, EmbeddedKeyValueStore metadata, BackgroundCensus census,
        TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _drives = drives;
        _missing = [.. registered.Where(known => drives.All(drive => drive.Id != known.Id))];
        _metadata = metadata;
        _census = census;
    }

    public required IReadOnlyList<IS3Operation> Operations { get; init; }

    public required IdentityService Identities { get; init; }

    public required ICorsRules Cors { get; init; }

    public required BucketService Buckets { get; init; }

    public required NotificationService Notifications { get; init; }

    public required IStoreStatus Status { get; init; }

    public required IEnumerable<AdminCall> AdminCalls { get; init; }

    public required IAuthorizer Authorizer { get; init; }

    public required ObjectReader Reader { get; init; }

    ObjectReader? IStore.Reader => Reader;

    public required RequestMetrics RequestMetrics { get; init; }

    RequestMetrics? IStore.RequestMetrics => RequestMetrics;

    public required AccessLog AccessLog { get; init; }

    AccessLog? IStore.AccessLog => AccessLog;

    public required IReadOnlyList<IMetricsSource> Metrics { get; init; }

    public HealthReport Health
    {
        get
        {
            var metadata = _metadata.Health;
            var reasons = new List<string>();
            reasons.AddRange(_drives.Where(drive => !drive.IsUsable).Select(drive => $"{drive.Directory}: {drive.Current.Health.Reason}"));
            reasons.AddRange(_missing.Select(drive => $"drive {drive.Id}, last at {drive.Path}, was not found at start"));
            if (metadata.Reason is { } reason) reasons.Add($"metadata: {reason}");
            if (_census.Last is { IsHealed: false } counts)
                reasons.Add($"{AtLeast(counts.LostShards)} shards and {counts.LostDrives} drives lack in redundancy");
            return new HealthReport(metadata.State != EmbeddedState.Latched, reasons.Count == 0 ? HealthReport.Ready.Reason : string.Join("; ", reasons));
        }
    }

    private static string AtLeast(int count) => count < BackgroundCensus.MaxCount ? $"{count}" : $"at least {count}";

    /// <summary>
    /// 1. drives, recognised and replayed; 2. metadata, proven newest; 3. drives and metadata agree who is older;
    /// 4. the store is what it was made as; 5. services; 6. background work.
    /// </summary>
    /// <exception cref="StartException">It must not be opened; says why.</exception>
    public static async ValueTask<IStore> OpenAsync(ServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        var logger = loggers.CreateLogger<StoreHost>();
        var codecs = CreateCodecs(options);
        var opener = new DriveOpener(new LinuxFileSystem(), DriveOptionsOf(options), time, logger);
        var drives = await opener.OpenAllAsync(options.Drives, ct);
        var parts = new List<IAsyncDisposable>(drives.Select(drive => new DriveCloser(drive)));
        try
        {
            var metadata = await OpenMetadataAsync(drives, options, time, loggers, ct);
            parts.Add(metadata);
            await MarkDrivesAsync(drives, metadata, ct);
            var registered = await DriveEnrolment.RunAsync(
                metadata, [.. drives.Select(drive => new PresentDrive(drive.Id, drive.Directory))], options.Parity, time, logger, ct);
            var identities = await IdentityService.OpenAsync(metadata, options.RootUser, options.RootPassword, time, RandomNumberGenerator.Create(), ct, options.InsecureOidc, options.OperatorArnsWithoutAccount, options.Dialect);
            var keys = await OpenKeysAsync(options, metadata, parts, time, loggers, ct);
            var host = await BuildAsync(options, drives, registered, metadata, identities, codecs, keys, opener, parts, loggers, time, ct);
            StoreLog.StoreOpen(logger, drives[0].Current.Identity.Store, drives.Count, options.Drives.Count, options.Scheme.ToString(), metadata.SessionNumber);
            return host;
        }
        catch
        {
            await CloseAsync(parts);
            throw;
        }
    }

    /// <summary>Takes the store apart; a drive that hangs is left behind after a while, its log is as after a crash.</summary>
    public async ValueTask DisposeAsync()
    {
        var closing = TakeApartAsync();
        await closing.WaitAsync(CloseLimit, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!closing.IsCompleted) StoreLog.CloseHangs(_logger, CloseLimit.TotalSeconds);
        else await closing;
    }

    private async Task TakeApartAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_background);
        await CloseAsync(_parts);
        _stop.Dispose();
    }

    private static CodecProvider CreateCodecs(ServerOptions options)
    {
        try
        {
            var codecs = new CodecProvider(new CodecOptions { Kernel = options.ErasureKernel });
            CodecSelfTest.Run(codecs);
            return codecs;
        }
        catch (ArgumentException e)
        {
            throw new StartException(e.Message, e);
        }
        catch (CodecSelfTestException e)
        {
            throw new StartException($"The erasure codec gives wrong results on this processor, and nothing may be stored with it: {e.Message}", e);
        }
    }

    private static DriveOptions DriveOptionsOf(ServerOptions options) => options.IoMode switch
    {
        "buffered" => DriveOptions.Default with { BulkWrites = BulkWriteMode.Buffered },
        "direct" => DriveOptions.Default with { BulkWrites = BulkWriteMode.Direct },
        _ => DriveOptions.Default,
    };

    private static async ValueTask<IKeyManager?> OpenKeysAsync(
        ServerOptions options, EmbeddedKeyValueStore metadata, List<IAsyncDisposable> parts, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        try
        {
            var file = options.KmsKeyFile is { } path ? await KeyChecks.OpenAsync(path, metadata, ct) : null;
            if (options.Vault is not { } place) return file;
            var vault = new VaultKeys(place, time, loggers.CreateLogger<VaultKeys>());
            parts.Add(vault);
            return file is null ? vault : new VaultBesideFile(vault, file);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or CryptographicException or KvException)
        {
            throw new StartException($"The keys for encryption cannot be used: {e.Message}", e);
        }
    }

    internal static EmbeddedOptions MetadataOptionsOf(ServerOptions options) => new()
    {
        Parity = options.Parity,
        TotalDrives = options.Drives.Count,
        AllowUnprovenMembership = options.AllowUnprovenMetadata,
        MirrorDeadline = options.DriveDeadline,
    };

    private static BlobStoreOptions BlobOptionsOf(ServerOptions options) => new() { DefaultScheme = options.Scheme, WriteDeadline = options.DriveDeadline };

    private static async Task<EmbeddedKeyValueStore> OpenMetadataAsync(
        IReadOnlyList<StoreDrive> drives, ServerOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        try
        {
            var embedded = MetadataOptionsOf(options);
            // The journal's files are written full of zeros ahead of use, which must not fill a small drive.
            var fileBytes = drives.Min(drive => DriveOptions.LogFileBytesFor(drive.Current.Space.TotalBytes));
            embedded = embedded with
            {
                Journal = embedded.Journal with { FileSizeBytes = fileBytes },
                FlushIntervalBytes = Math.Min(embedded.FlushIntervalBytes, fileBytes),
            };
            return await EmbeddedKeyValueStore.OpenAsync(drives, embedded, time, loggers.CreateLogger<EmbeddedKeyValueStore>(), ct);
        }
        catch (KvException e)
        {
            throw new StartException($"The metadata cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>
    /// Drives remember the highest session and LSN that they saw. Metadata behind that is an old copy: serving it would
    /// deny acknowledged writes, and collecting garbage under it would destroy them.
    /// </summary>
    private static async Task MarkDrivesAsync(IReadOnlyList<StoreDrive> drives, EmbeddedKeyValueStore metadata, CancellationToken ct)
    {
        var lsn = metadata.Health.LastLsn;
        var ahead = drives.Where(drive => drive.Current.Seen.Session >= metadata.SessionNumber || drive.Current.Seen.Lsn > lsn).ToArray();
        if (ahead.Length > 0)
        {
            throw new StartException($"The metadata (session {metadata.SessionNumber}, LSN {lsn}) is older than what these drives have seen: " +
                string.Join(", ", ahead.Select(drive => $"{drive.Directory} (session {drive.Current.Seen.Session}, LSN {drive.Current.Seen.Lsn})")) +
                ". It is an old copy. Bring the drives that hold the newer metadata, and start again.");
        }
        await Task.WhenAll(drives.Select(drive => drive.Current.SetSeenAsync(metadata.SessionNumber, lsn, ct)));
    }

    private static async ValueTask<StoreHost> BuildAsync(ServerOptions options, IReadOnlyList<StoreDrive> drives, IReadOnlyList<RegisteredDrive> registered,
        EmbeddedKeyValueStore metadata, IdentityService identities, CodecProvider codecs, IKeyManager? keys, DriveOpener opener, List<IAsyncDisposable> parts, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        var logger = loggers.CreateLogger<StoreHost>();
        var set = new DriveSet((ulong)Random.Shared.NextInt64());
        foreach (var drive in drives) set.Add(drive.Current, FailureDomain.Local);
        var ledger = new RedundancyLedger(metadata, time);
        var blobs = new BlobStore(set, new AlignedBufferPool(BufferBytes), codecs, ledger, BlobOptionsOf(options), time);
        parts.Add(blobs);
        var classes = new StorageClassTable(options.StorageClasses);
        var engine = new ObjectEngine(metadata, blobs, new ObjectServiceOptions { NewBucketCompression = options.NewBucketCompression }, metadata.SessionNumber, new Md5Service(), time, Random.Shared)
        {
            HasRoom = new MetadataRoom(drives, metadata).HasRoom,
            Keys = new Keyring(keys),
            Lifecycle = new LifecycleRuleCache(new LifecycleClock(options.LifecycleDay), classes),
            Classes = classes,
        };
        var roster = new StoreRoster(set, registered, metadata);
        var repairer = new BlobRepairer(blobs);
        var garbage = new GarbageCollector(engine, roster);
        var healing = new HealingSchedule(metadata, new Healer(engine, new DriveRepairer(repairer, set)), ledger, time);
        var orphans = new OrphanCollector(engine, roster, new ShardVerifier(repairer), new OrphanOptions(), loggers.CreateLogger<OrphanCollector>());
        var lost = new LostDrives(metadata, roster.IsServing, LostDrives.DefaultLostAfter, time, loggers.CreateLogger<LostDrives>());
        var census = new BackgroundCensus(metadata, time);
        var lifecycle = new LifecycleRunner(engine, new DueExecutor(engine), loggers.CreateLogger<LifecycleRunner>());
        var services = ObjectServices.Create(engine);
        var quotas = new QuotaCensus(services.Buckets.Quotas, time);
        var notifications = await NotificationService.OpenAsync(engine, identities, options.Notifications, Random.Shared, loggers, ct, keys: keys);
        var remotes = await RemoteService.OpenAsync(engine, keys, time, loggers.CreateLogger<TierRunner>(), ct);
        parts.Add(remotes);
        var replication = ReplicationSetup.Create(services, identities, new ReplicaSender(services, new RemoteTargets(remotes)), new ReplicationOptions(), Random.Shared, loggers);
        remotes.Registry.AddUser(new ReplicationRemotes(engine));
        var cors = new CorsRules(services.Buckets);
        var accessLog = new AccessLog(services, identities, options.Region, drives, loggers.CreateLogger<AccessLog>());
        await accessLog.LoadAsync(ct);
        var requestMetrics = new RequestMetrics();
        var inventories = new InventoryEngine(services, identities);
        var analyticsCounters = new AnalyticsCounters(engine);
        var analytics = new AnalyticsEngine(services, identities, analyticsCounters);
        var host = new StoreHost(drives, registered, metadata, census, time, logger)
        {
            Operations = OperationSet.All(services, identities, OperationOptions(options, time), cors, notifications.Checks, accessLog, requestMetrics, analyticsCounters, replication),
            Reader = services.Reader,
            RequestMetrics = requestMetrics,
            AccessLog = accessLog,
            Authorizer = new Authorizer(services.Buckets, services.Reader, services.Uploads, identities, options.Region, options.Dialect),
            AdminCalls = [.. new RemoteCalls(remotes).All, .. new TierCalls(remotes, engine.Tiers).All, .. new ReplicationCalls(replication.Service, time).All],
            Identities = identities,
            Cors = cors,
            Buckets = services.Buckets,
            Notifications = notifications,
            Status = new StoreStatus(options.Scheme, drives, registered, metadata, census, healing, garbage, orphans),
            Metrics =
            [
                new StoreMetrics(drives, metadata, options.Drives.Count), new BackgroundMetrics(census, healing, garbage, orphans), new QuotaMetrics(quotas),
                new LifecycleMetrics(lifecycle, census), new CompressionMetrics(engine.Compression), notifications.Dispatcher, replication.Engine, new AccessLogMetrics(accessLog, time), new InventoryMetrics(inventories), requestMetrics,
                new AnalyticsMetrics(analytics),
                new TierMetrics(engine.Tiers, remotes.TierRunner),
            ],
        };
        host._parts.AddRange(parts);
        var watcher = new DriveWatcher(opener, set, drives, drives[0].Current.Identity.Store, time, logger);
        host.Run("analytics", analytics.RunAsync, logger, time);
        host.Run("inventories", inventories.RunAsync, logger, time);
        host.Run("access log", accessLog.RunAsync, logger, time);
        host.Run("redundancy ledger", ledger.RunAsync, logger, time);
        host.Run("garbage collector", garbage.RunAsync, logger, time);
        host.Run("healer", healing.RunAsync, logger, time);
        host.Run("orphan collector", orphans.RunAsync, logger, time);
        host.Run("lost drives", lost.RunAsync, logger, time);
        host.Run("lifecycle", lifecycle.RunAsync, logger, time);
        host.Run("notifications", notifications.Dispatcher.RunAsync, logger, time);
        host.Run("replication", replication.Engine.RunAsync, logger, time);
        host.Run("walks of replication", replication.Walker.RunAsync, logger, time);
        host.Run("tiers", remotes.TierRunner.RunAsync, logger, time);
        host.Run("census", census.RunAsync, logger, time);
        host.Run("quota census", quotas.RunAsync, logger, time);
        host.Run("expired keys", new ExpiredKeys(identities.LabelledKeys, time).RunAsync, logger, time);
        host.Run("drive watcher", watcher.RunAsync, logger, time);
        return host;
    }

    private static S3OperationOptions OperationOptions(ServerOptions options, TimeProvider time) => new(options.Region)
    {
        Time = time,
        AllowCustomerKeysWithoutTls = options.AllowCustomerKeysWithoutTls,
        DefaultOwnership = options.DefaultObjectOwnership,
        DefaultPublicAccess = options.DefaultPublicAccessBlock,
        ServesWebsites = options.WebsiteDomains.Count > 0,
    };

    /// <summary>Runs until the store closes; what fails is reported and begun again.</summary>
    private void Run(string name, Func<CancellationToken, Task> work, ILogger logger, TimeProvider time) => _background.Add(Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await work(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                StoreLog.BackgroundFailed(logger, e, name);
                await Task.Delay(TimeSpan.FromSeconds(5), time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }, CancellationToken.None));

    private static async ValueTask CloseAsync(List<IAsyncDisposable> parts)
    {
        for (var i = parts.Count - 1; i >= 0; i--) await parts[i].DisposeAsync();
        parts.Clear();
    }

    /// <summary>Closes the drive as it is at the end, which may not be the object that it was at the start.</summary>
    private sealed class DriveCloser(StoreDrive drive) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => drive.Current.DisposeAsync();
    }
}
