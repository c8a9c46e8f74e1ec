using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;

namespace ObjectStore.Server.Tests.Replication;

/// <summary>The engine of replication over stores in memory.</summary>
internal sealed class ReplicationBench
{
    public const string Here = "arn:aws:s3:::copy";
    public const string There = "arn:objectstore:s3:away::copy";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private ReplicationBench(ObjectBench bench, ReplicationOptions options)
    {
        Bench = bench;
        Options = options;
        Engine = new ReplicationEngine(bench.Services.Engine, Destinations, Destinations, options, new Random(1), NullLogger<ReplicationEngine>.Instance);
        Service = new ReplicationService(bench.Services.Engine, Engine, NullLogger<ReplicationService>.Instance);
        Walker = new ReplicationWalker(bench.Services.Engine, options, NullLogger<ReplicationWalker>.Instance);
    }

    public ObjectBench Bench { get; }
    public ReplicationOptions Options { get; }
    public ScriptedDestinations Destinations { get; } = new();
    public ReplicationEngine Engine { get; private set; }
    public ReplicationService Service { get; private set; }
    public ReplicationWalker Walker { get; private set; }

    public static async Task<ReplicationBench> CreateAsync(ReplicationOptions? options = null)
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Enabled);
        return new ReplicationBench(bench, options ?? new ReplicationOptions());
    }

    public static async Task<ReplicationBench> CreateAsync(params ReplicationRuleRecord[] rules)
    {
        var bench = await CreateAsync((ReplicationOptions?)null);
        await bench.SetAsync(rules);
        return bench;
    }

    public static ReplicationRuleRecord Rule(string destination = Here, int priority = 1, string? prefix = null, string? id = null)
    {
        var rule = new ReplicationRuleRecord { Id = id ?? $"rule-{priority}", Enabled = true, Priority = priority, DeleteMarkers = true, DestinationArn = destination };
        if (prefix is not null) rule.Prefix = prefix;
        return rule;
    }

    public async Task SetAsync(params ReplicationRuleRecord[] rules)
    {
        // Remotes that rules name are there.
        using (var transaction = Bench.Services.Engine.Store.Begin())
        {
            transaction.Put(SchemaKeys.Remote("away"), new byte[] { });
            await transaction.CommitAsync(default);
        }
        var put = await Service.PutAsync(ObjectBench.Bucket, new ReplicationConfigRecord { Role = "role", Rules = { rules } }, default);
        put.IsOk.ShouldBeTrue(put.IsOk ? "" : put.Failure.Message);
    }

    /// <summary>Runs the engine until something is so; the clock goes on meanwhile.</summary>
    public async Task RunUntilAsync(Func<Task<bool>> isSo, double stepSeconds = 0.5)
    {
        using var stop = new CancellationTokenSource();
        var running = Engine.RunAsync(stop.Token);
        using var limit = new CancellationTokenSource(Limit);
        while (!running.IsCompleted && !await isSo())
        {
            limit.IsCancellationRequested.ShouldBeFalse("it did not become so");
            Bench.Time.Advance(TimeSpan.FromSeconds(stepSeconds));
            await Task.Delay(5, CancellationToken.None);
        }
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    public Task RunUntilEmptyAsync() => RunUntilAsync(async () => await PendingAsync() == 0);

    public async Task<int> PendingAsync() => (await QueuedAsync(Here)).Count + (await QueuedAsync(There)).Count;

    public async Task<List<QueuedChange>> QueuedAsync(string destination)
    {
        using var snapshot = Bench.Services.Engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, ObjectBench.Bucket, default);
        return await ChangeQueue.ReadAsync(snapshot, QueueKeys.Replication, QueueKeys.ReplicationQueue(bucket!.Id, destination), int.MaxValue, default);
    }

    public async Task<ReplicationStatus> StatusAsync(string key, string? versionId = null) =>
        (await Bench.Services.Reader.StatAsync(new ReadRequest { Bucket = ObjectBench.Bucket, Key = key, VersionId = versionId }, default)).Value.Replication;

    public async Task WalkAsync()
    {
        ulong id;
        using (var snapshot = Bench.Services.Engine.Store.Snapshot()) id = (await ObjectEngine.GetBucketAsync(snapshot, ObjectBench.Bucket, default))!.Id;
        while (await Walker.StepAsync(id, default))
        {
        }
    }

    /// <summary>As after a restart: what is in memory only is forgotten.</summary>
    public async Task ReopenAsync()
    {
        await Bench.ReopenAsync(Bench.Store, 2);
        Engine = new ReplicationEngine(Bench.Services.Engine, Destinations, Destinations, Options, new Random(2), NullLogger<ReplicationEngine>.Instance);
        Service = new ReplicationService(Bench.Services.Engine, Engine, NullLogger<ReplicationService>.Instance);
        Walker = new ReplicationWalker(Bench.Services.Engine, Options, NullLogger<ReplicationWalker>.Instance);
    }
}
