using System.Diagnostics;
using System.Reflection;
using System.Text;
using ObjectStore.Cosi.Steps;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Fixture;

/// <summary>The real <c>objectstore-cosi</c> on a unix socket, to be ended as crashes end it.</summary>
internal sealed class DriverExecutable : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;

    public GrpcClient Client { get; private set; } = null!;

    public string SocketPath => _directory["cosi.sock"];

    public string Output { get { lock (_output) return _output.ToString(); } }

    public static string BinaryPath { get; } = typeof(DriverExecutable).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "DriverBinary").Value!;

    /// <param name="killAfterStep">After which of its steps the driver gets SIGKILL; 0 for never.</param>
    public static Task<DriverExecutable> StartAsync(Uri server, int killAfterStep = 0, params string[] arguments) =>
        StartAsync(server, killAfterStep, new Dictionary<string, string>(), arguments);

    /// <summary>Waits until it listens, or has ended.</summary>
    public static async Task<DriverExecutable> StartAsync(Uri server, int killAfterStep, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var driver = new DriverExecutable();
        var start = new ProcessStartInfo(BinaryPath,
            ["--endpoint", "unix://" + driver.SocketPath, "--server", server.ToString(), "--driver-name", "tests.cosi.dev", .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey;
        start.Environment["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey;
        if (killAfterStep > 0) start.Environment[KillAfterSteps.Variable] = killAfterStep.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        driver._process = new Process { StartInfo = start, EnableRaisingEvents = true };
        driver._process.Exited += (_, _) => driver._listening.TrySetResult();
        driver._process.Start();
        driver._process.OutputDataReceived += (_, line) => driver.Take(line.Data);
        driver._process.ErrorDataReceived += (_, line) => driver.Take(line.Data);
        driver._process.BeginOutputReadLine();
        driver._process.BeginErrorReadLine();
        await driver._listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
        driver.Client = new GrpcClient(driver.SocketPath);
        return driver;
    }

    /// <summary>Whether a call got no answer because the driver was killed under it.</summary>
    public async Task<bool> DiesUnderAsync(Func<GrpcClient, Task> call)
    {
        try
        {
            await call(Client);
            return false;
        }
        catch (HttpRequestException)
        {
            await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            // 128 + SIGKILL.
            _process.ExitCode.ShouldBe(137);
            return true;
        }
    }

    /// <summary>Until it was killed without a call.</summary>
    public async Task DiesAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        _process.ExitCode.ShouldBe(137, Output);
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_process is not null)
        {
            if (!_process.HasExited) _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        _directory.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
        if (line.Contains("Listening on", StringComparison.Ordinal)) _listening.TrySetResult();
    }
}
