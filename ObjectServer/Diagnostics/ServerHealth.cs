namespace ObjectStore.Server.Diagnostics;

/// <param name="IsReady">Requests can be served.</param>
/// <param name="Reason">In words, when they cannot, or when something is wrong that does not prevent it.</param>
internal readonly record struct HealthReport(bool IsReady, string Reason)
{
    public static readonly HealthReport Ready = new(true, "ready");
}

/// <summary>Whether the server is ready: it starts, serves (if the store says so too), and drains.</summary>
internal sealed class ServerHealth
{
    private volatile Func<HealthReport> _probe = static () => new HealthReport(false, "starting");

    public HealthReport Report => _probe();

    /// <summary>From now on the store is asked.</summary>
    /// <param name="probe">Called for every health request; answers from memory.</param>
    public void Serve(Func<HealthReport> probe) => _probe = probe;

    /// <summary>Load balancers are told to send no more.</summary>
    public void Drain() => _probe = static () => new HealthReport(false, "stopping");
}
