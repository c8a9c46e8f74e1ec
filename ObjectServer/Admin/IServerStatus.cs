using ObjectStore.Client.Admin;

namespace ObjectStore.Server.Admin;

/// <summary>How the process and its store are. Answers from memory.</summary>
internal interface IServerStatus
{
    HealthDocument Health { get; }

    ServerDocument Read();
}

/// <summary>How the store behind the server is. Answers from memory.</summary>
internal interface IStoreStatus
{
    StoreDocument Read();
}
