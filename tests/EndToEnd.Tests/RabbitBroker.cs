using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ObjectStore.Harness;
using RabbitMQ.Client;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>
/// A RabbitMQ of Debian's package on loopback ports of its own, with a port mapper, node name, cookie and data of its own. It can be ended
/// like a machine that loses power, and started again over what it has stored. Ends the processes that it started, and only those.
/// </summary>
public sealed class RabbitBroker : IAsyncLifetime
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _directory = new();
    private readonly int _mapperPort = FreePort();
    private readonly int _distributionPort = FreePort();
    private readonly int _tlsPort = FreePort();
    private Process? _mapper, _server;

    public int Port { get; } = FreePort();

    public Uri Address => new($"amqp://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/");

    /// <summary>With a certificate that nobody has signed.</summary>
    public Uri TlsAddress => new($"amqps://127.0.0.1:{_tlsPort.ToString(CultureInfo.InvariantCulture)}/");

    public async Task InitializeAsync()
    {
        File.Exists(Server).ShouldBeTrue("test.sh installs Debian's rabbitmq-server");
        await WriteCertificateAsync();
        await File.WriteAllTextAsync(_directory["rabbitmq.conf"], $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            listeners.ssl.1 = 127.0.0.1:{_tlsPort}
            ssl_options.cacertfile = {_directory["certificate.pem"]}
            ssl_options.certfile = {_directory["certificate.pem"]}
            ssl_options.keyfile = {_directory["key.pem"]}
            ssl_options.verify = verify_none
            ssl_options.fail_if_no_peer_cert = false

            """);
        await File.WriteAllTextAsync(_directory["plugins"], "[].\n");
        // Erlang would start one that outlives everything.
        _mapper = Start("epmd", "-port", Text(_mapperPort), "-address", "127.0.0.1");
        await StartAsync();
    }

    /// <summary>Starts the broker over what it has stored, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        var output = new StringBuilder();
        var isUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Take(string? line)
        {
            lock (output) output.AppendLine(line);
            if (line?.Contains("Server startup complete", StringComparison.Ordinal) == true) isUp.TrySetResult();
        }
        _server = Start(Server);
        _server.EnableRaisingEvents = true;
        _server.Exited += (_, _) => isUp.TrySetException(new InvalidOperationException("The broker ended before it was up."));
        _server.OutputDataReceived += (_, line) => Take(line.Data);
        _server.ErrorDataReceived += (_, line) => Take(line.Data);
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        try
        {
            await isUp.Task.WaitAsync(Limit);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            lock (output) throw new InvalidOperationException($"RabbitMQ did not start:\n{output}", e);
        }
    }

    /// <summary>kill -9 of the broker and what it has started.</summary>
    public async Task KillAsync()
    {
        if (_server is null) return;
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    public Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = Address }.CreateConnectionAsync();

    public async Task DisposeAsync()
    {
        await KillAsync();
        if (_mapper is not null)
        {
            _mapper.Kill();
            await _mapper.WaitForExitAsync();
            _mapper.Dispose();
        }
        _directory.Dispose();
    }

    private Process Start(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["PATH"] = path,
            ["HOME"] = _directory.Path,
            ["LANG"] = "C.UTF-8",
            ["ERL_EPMD_PORT"] = Text(_mapperPort),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODENAME"] = $"objectstore-test-{Text(Port)}@localhost",
            ["RABBITMQ_NODE_PORT"] = Text(Port),
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_DIST_PORT"] = Text(_distributionPort),
            ["RABBITMQ_MNESIA_BASE"] = _directory["mnesia"],
            ["RABBITMQ_LOG_BASE"] = _directory["log"],
            ["RABBITMQ_LOGS"] = "-",
            ["RABBITMQ_CONFIG_FILE"] = _directory["rabbitmq.conf"],
            // The machine's own settings are none of ours.
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = _directory["plugins"],
            ["RABBITMQ_PID_FILE"] = _directory["pid"],
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
        }) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start");
    }

    private async Task WriteCertificateAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(_directory["certificate.pem"], certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(_directory["key.pem"], key.ExportPkcs8PrivateKeyPem());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
