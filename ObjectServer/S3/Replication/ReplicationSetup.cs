using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.S3.Replication;

/// <summary>Replication, put together.</summary>
internal sealed class ReplicationSetup
{
    public required ReplicationService Service { get; init; }

    public required ReplicationPermission Permission { get; init; }

    /// <summary>To be run in the background; shows its numbers.</summary>
    public required ReplicationEngine Engine { get; init; }

    /// <summary>To be run in the background.</summary>
    public required ReplicationWalker Walker { get; init; }

    public static ReplicationSetup Create(
        ObjectServices services, IIdentities identities, IReplicaSender sender, ReplicationOptions options, Random random, ILoggerFactory loggers)
    {
        var permission = new ReplicationPermission(new BucketAccessCache(services.Buckets, identities), identities, services.Engine.Time);
        var engine = new ReplicationEngine(services.Engine, sender, permission, options, random, loggers.CreateLogger<ReplicationEngine>());
        return new ReplicationSetup
        {
            Service = new ReplicationService(services.Engine, engine, loggers.CreateLogger<ReplicationService>()),
            Permission = permission,
            Engine = engine,
            Walker = new ReplicationWalker(services.Engine, options, loggers.CreateLogger<ReplicationWalker>()),
        };
    }

    /// <summary>Where nothing can be sent anywhere.</summary>
    public static ReplicationSetup WithoutDestinations(ObjectServices services, IIdentities identities) =>
        Create(services, identities, new NoSender(), new ReplicationOptions(), new Random(1), NullLoggerFactory.Instance);

    private sealed class NoSender : IReplicaSender
    {
        private const string Message = "Nothing is replicated here.";

        public ValueTask<ReplicaOutcome> SendAsync(ReplicaTask task, CancellationToken ct) => ValueTask.FromResult(ReplicaOutcome.Unavailable(Message));

        public ValueTask<DestinationProbe> ProbeAsync(ReplicaDestination destination, SourceTraits source, CancellationToken ct) =>
            ValueTask.FromResult(new DestinationProbe(DestinationState.Unsupported, Message));
    }
}
