using ObjectStore.Server.Admin;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Diagnostics;

namespace ObjectStore.Server.Composition;

/// <summary>The process as the admin API tells it.</summary>
internal sealed class ServerStatus(string version, string region, ServerHealth health, IStoreStatus store, TimeProvider time) : IServerStatus
{
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();

    public HealthDocument Health
    {
        get
        {
            var report = health.Report;
            return new HealthDocument(report.IsReady, report.Reason);
        }
    }

    public ServerDocument Read() => new()
    {
        Version = version,
        StartedAt = _startedAt.UtcDateTime,
        UptimeSeconds = (long)time.GetElapsedTime(_started).TotalSeconds,
        Region = region,
        Health = Health,
        Store = store.Read(),
    };
}
