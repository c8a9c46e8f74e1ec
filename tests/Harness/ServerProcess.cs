using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace ObjectStore.Harness;

/// <summary>
/// The real <c>objectstore</c> binary on a loopback port of its own, over drives in a directory that is the
/// test's to break. Ends the process it started, and only that.
/// </summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    public const string AccessKey = "test-access-key";
    public const string SecretKey = "test-secret-key-of-the-tests";
    // Also what a failing test did not dispose is ended with the test run.
    private static readonly ConcurrentDictionary<Process, byte> Running = new();
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var process in Running.Keys) process.Kill();
    };

    private ServerProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Take(e.Data);
        _process.ErrorDataReceived += (_, e) => Take(e.Data);
        _process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException($"The server ended before it listened:\n{Output}"));
        _process.Start();
        Running[_process] = 0;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1/");

    public TimeSpan ReadyAfter { get; private set; }

    public int ProcessId => _process.Id;

    public string Output { get { lock (_output) return _output.ToString(); } }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts the server and waits until it answers.</summary>
    /// <param name="data">Directory that holds drive1..driveN.</param>
    /// <param name="arguments">Further options of <c>objectstore serve</c>.</param>
    /// <param name="environment">Environment on top of this process's.</param>
    /// <param name="launcher">A command in front of the binary, such as <c>prlimit --as=...</c>.</param>
    public static async Task<ServerProcess> StartAsync(string data, int drives = 6, IEnumerable<string>? arguments = null,
        IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? launcher = null)
    {
        string[] command = [.. launcher ?? [], BinaryPath, "serve", "--address", "127.0.0.1:0",
            "--drives", Path.Combine(data, $"drive{{1...{drives}}}"), .. arguments ?? []];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OBJECTSTORE_ROOT_USER"] = AccessKey;
        start.Environment["OBJECTSTORE_ROOT_PASSWORD"] = SecretKey;
        // The machine that runs tests may stall for long; a drive that is left out for it would be missing when the test takes others away.
        start.Environment["OBJECTSTORE_DRIVE_DEADLINE"] = "30";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var watch = Stopwatch.StartNew();
        var server = new ServerProcess(start);
        try
        {
            server.Endpoint = await server._listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await server.WaitUntilReadyAsync();
            server.ReadyAfter = watch.Elapsed;
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the binary to its end, for options that do not serve.</summary>
    public static Task<ToolResult> RunToEndAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Tool.RunAsync(BinaryPath, arguments, environment);

    /// <summary>kill -9: what is not durable is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    /// <summary>Resident bytes of the process now.</summary>
    public long ResidentBytes()
    {
        foreach (var line in File.ReadLines($"/proc/{ProcessId}/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
        }
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Running.TryRemove(_process, out _);
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync()
    {
        using var http = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            using var answer = await http.GetAsync(new Uri(Endpoint, "/-/health/ready"));
            if (answer.IsSuccessStatusCode) return;
            if (attempt == 600) throw new TimeoutException($"The server did not become ready:\n{Output}");
            await Task.Delay(100);
        }
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
        var match = ListeningLine().Match(line);
        if (match.Success) _listening.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"[Ll]isten\S* on (https?://127\.0\.0\.1:\d+)")]
    private static partial Regex ListeningLine();

    private static string BinaryPath { get; } = typeof(ServerProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "ServerBinary").Value!;
}
