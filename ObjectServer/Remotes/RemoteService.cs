using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Tiers;

namespace ObjectStore.Server.Remotes;

/// <summary>Remotes and the tiers that lie there, put together.</summary>
internal sealed class RemoteService : IAsyncDisposable
{
    public required RemoteRegistry Registry { get; init; }

    public required RemoteClients Clients { get; init; }

    public required RemoteTrial Trial { get; init; }

    public required TierRegistry Tiers { get; init; }

    /// <summary>To be run in the background.</summary>
    public required TierRunner TierRunner { get; init; }

    public required SecretSealer Sealer { get; init; }

    public required TimeProvider Time { get; init; }

    /// <param name="keys">Null: no secret can be sealed or opened.</param>
    /// <exception cref="KvException">The remotes cannot be read.</exception>
    public static async ValueTask<RemoteService> OpenAsync(ObjectEngine engine, IKeyManager? keys, TimeProvider time, ILogger? logger, CancellationToken ct, long tierPartBytes = S3TierStore.DefaultPartBytes)
    {
        var registry = new RemoteRegistry(engine.Store);
        await registry.LoadAsync(ct);
        var sealer = new SecretSealer(keys);
        var clients = new RemoteClients(registry, sealer, time);
        var tiers = new TierRegistry(engine, registry);
        await tiers.LoadAsync(ct);
        engine.Tiers.Store = new S3TierStore(clients, tierPartBytes);
        return new RemoteService
        {
            Registry = registry, Clients = clients, Trial = new RemoteTrial(clients), Tiers = tiers, TierRunner = new TierRunner(engine, logger), Sealer = sealer, Time = time,
        };
    }

    public ValueTask DisposeAsync()
    {
        Clients.Dispose();
        return ValueTask.CompletedTask;
    }
}
