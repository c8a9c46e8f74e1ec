using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>The real driver with the environment that the chart gives it, but for places that only pods have.</summary>
internal sealed partial class DriverProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _metrics = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private DriverProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Exited += (_, _) => _metrics.TrySetException(new InvalidOperationException($"The driver ended:\n{Output}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public required string Socket { get; init; }

    public Uri Metrics { get; private set; } = new("http://127.0.0.1/");

    public string Output { get { lock (_output) return _output.ToString(); } }

    /// <param name="keys">The directory with access-key and secret-key.</param>
    public static async Task<DriverProcess> StartAsync(Uri server, string keys, string directory)
    {
        Directory.CreateDirectory(directory);
        var rendering = await ChartRenderer.RenderAsync("""{"cosi":{"enabled":true,"driverName":"tests.cosi.dev","logFormat":"text"}}""");
        var container = rendering.OfKind("Deployment").Single().Containers.Single(container => (string)container["name"]! == "driver");
        var start = new ProcessStartInfo(Repository.CosiBinary) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var variable in container["env"].Objects()) start.Environment[(string)variable["name"]!] = (string)variable["value"]!;
        var socket = Path.Combine(directory, "cosi.sock");
        start.Environment["COSI_ENDPOINT"] = "unix://" + socket;
        start.Environment["OBJECTSTORE_SERVER"] = server.GetLeftPart(UriPartial.Authority);
        start.Environment["OBJECTSTORE_COSI_METRICS_ADDRESS"] = "127.0.0.1:0";
        foreach (var file in new[] { "OBJECTSTORE_ACCESS_KEY_FILE", "OBJECTSTORE_SECRET_KEY_FILE" })
            start.Environment[file] = start.Environment[file]!.Replace("/credentials", keys, StringComparison.Ordinal);
        var driver = new DriverProcess(start) { Socket = socket };
        try
        {
            driver.Metrics = await driver._metrics.Task.WaitAsync(TimeSpan.FromSeconds(60));
            for (var attempt = 0; !File.Exists(socket); attempt++)
            {
                if (attempt == 600) throw new TimeoutException(driver.Output);
                await Task.Delay(100);
            }
            return driver;
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
        var match = Listening().Match(line);
        if (match.Success) _metrics.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"Metrics and health on (http://[0-9.:]+)")]
    private static partial Regex Listening();
}
