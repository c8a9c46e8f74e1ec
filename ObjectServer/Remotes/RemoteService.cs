using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Remotes;

/// <summary>Remotes, put together.</summary>
internal sealed class RemoteService : IAsyncDisposable
{
    public required RemoteRegistry Registry { get; init; }

    public required RemoteClients Clients { get; init; }

    public required RemoteTrial Trial { get; init; }

    public required SecretSealer Sealer { get; init; }

    public required TimeProvider Time { get; init; }

    /// <param name="keys">Null: no secret can be sealed or opened.</param>
    /// <exception cref="KvException">The remotes cannot be read.</exception>
    public static async ValueTask<RemoteService> OpenAsync(IKeyValueStore store, IKeyManager? keys, TimeProvider time, CancellationToken ct)
    {
        var registry = new RemoteRegistry(store);
        await registry.LoadAsync(ct);
        var sealer = new SecretSealer(keys);
        var clients = new RemoteClients(registry, sealer, time);
        return new RemoteService { Registry = registry, Clients = clients, Trial = new RemoteTrial(clients), Sealer = sealer, Time = time };
    }

    public ValueTask DisposeAsync()
    {
        Clients.Dispose();
        return ValueTask.CompletedTask;
    }
}
