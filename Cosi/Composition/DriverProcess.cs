using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Steps;

namespace ObjectStore.Cosi.Composition;

/// <summary>The driver's life from start to SIGTERM.</summary>
internal static class DriverProcess
{
    public static string Version { get; } = typeof(DriverProcess).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <returns>When it was asked to stop and has stopped.</returns>
    /// <exception cref="IOException">An address cannot be listened on, or a file not read.</exception>
    public static async Task RunAsync(DriverOptions options, Func<string, string?> environment, ILoggerFactory loggers, TimeProvider time)
    {
        var logger = loggers.CreateLogger("ObjectStore.Cosi");
        CosiLog.Starting(logger, Version, options.Describe());
        var metrics = new CosiMetrics(logger);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);

        var steps = KillAfterSteps.Wrap(environment(KillAfterSteps.Variable), metrics);
        var pod = KubernetesOptions.OfPod(environment);
        using var kubernetes = pod is null ? null : new KubernetesClient(pod);
        if (options.OidcIssuer is null) options = options with { OidcIssuer = pod?.Issuer };
        using var parts = DriverParts.Create(options, kubernetes, pod?.ClusterId, steps, metrics, logger, time, Random.Shared);
        using var ending = new CancellationTokenSource();
        var sweep = parts.Sweep is not null && options.SweepInterval is { } interval ? parts.Sweep.RunForeverAsync(interval, ending.Token) : Task.CompletedTask;
        var renewal = parts.Renewal?.RunForeverAsync(ending.Token) ?? Task.CompletedTask;
        await using (var driver = await CosiDriver.StartAsync(options, parts.Buckets, parts.Access, metrics, loggers, time, CancellationToken.None))
        {
            if (driver.MetricsAddress is not null) CosiLog.MetricsListening(logger, driver.MetricsAddress);
            CosiLog.Listening(logger, options.Endpoint.ToString());
            await stop.Task;
            CosiLog.Stopping(logger, options.StopGrace.TotalSeconds);
        }
        await ending.CancelAsync();
        await Task.WhenAll(sweep, renewal).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        CosiLog.Stopped(logger);

        void Ask(PosixSignalContext context)
        {
            // The process ends when everything is closed, not now.
            context.Cancel = true;
            stop.TrySetResult();
        }
    }
}
