using ObjectStore.Client.Admin;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>The state of the server.</summary>
internal sealed class ServerCalls(IServerStatus status)
{
    public IEnumerable<AdminCall> All =>
    [
        new("GET", "info", AdminAction.GetServerInfo, static _ => AdminResources.Server, (_, _) => ValueTask.FromResult(
            AdminAnswer.Of(status.Read(), AdminJson.Default.ServerDocument))),
        new("GET", "health", AdminAction.GetHealth, static _ => AdminResources.Server, (_, _) => ValueTask.FromResult(
            AdminAnswer.Of(status.Health, AdminJson.Default.HealthDocument))),
    ];
}
