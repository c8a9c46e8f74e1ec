using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Harness;

namespace ObjectStore.Grpc.Tests;

public sealed class SocketTests : IGrpcObserver
{
    [Theory]
    [InlineData("unix:///run/x.sock", "unix:///run/x.sock")]
    [InlineData("unix:/run/x.sock", "unix:///run/x.sock")]
    [InlineData("/run/x.sock", "unix:///run/x.sock")]
    [InlineData("tcp://127.0.0.1:9100", "tcp://127.0.0.1:9100")]
    [InlineData("localhost:9100", "tcp://127.0.0.1:9100")]
    [InlineData("[::1]:9100", "tcp://[::1]:9100")]
    public void An_address_is_a_socket_or_host_and_port(string text, string expected) => GrpcAddress.Parse(text).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("unix://relative.sock")]
    [InlineData("tcp://nowhere")]
    [InlineData("127.0.0.1")]
    [InlineData("http://127.0.0.1:1")]
    public void What_is_no_address_is_refused_with_an_example(string text) => Should.Throw<FormatException>(() => GrpcAddress.Parse(text));

    [Fact]
    public void A_path_too_long_for_a_socket_is_refused() => Should.Throw<FormatException>(() => GrpcAddress.Parse("/" + new string('x', 107)));

    [Fact]
    public async Task A_socket_that_a_killed_server_left_is_taken_over()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "left.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path + "1"));
            // Disposing removes the file under its own name only, as a server that ends in order does.
            File.Move(path + "1", path);
        }
        File.Exists(path).ShouldBeTrue();
        await using var server = await StartAsync(path);
    }

    [Fact]
    public async Task A_socket_that_another_server_listens_on_is_left_alone()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "taken.sock");
        await using var first = await StartAsync(path);
        (await Should.ThrowAsync<IOException>(() => StartAsync(path))).Message.ShouldContain("Another server listens");
        File.Exists(path).ShouldBeTrue();
    }

    [Fact]
    public async Task A_directory_that_is_missing_is_named()
    {
        using var directory = new TemporaryDirectory();
        var missing = Path.Combine(directory.Path, "nowhere");
        (await Should.ThrowAsync<IOException>(() => StartAsync(Path.Combine(missing, "x.sock")))).Message.ShouldContain($"There is no directory {missing}");
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "file.sock");
        await File.WriteAllTextAsync(path, "precious");
        await Should.ThrowAsync<IOException>(() => StartAsync(path));
        (await File.ReadAllTextAsync(path)).ShouldBe("precious");
    }

    void IGrpcObserver.CallEnded(string method, GrpcStatusCode code, string message, TimeSpan elapsed, Exception? fault)
    {
        // Nobody calls.
    }

    private Task<GrpcServer> StartAsync(string path)
    {
        var options = new GrpcOptions();
        return GrpcServer.StartAsync(GrpcAddress.Parse(path), new GrpcEndpoint([], options, this, TimeProvider.System), options, NullLoggerFactory.Instance, CancellationToken.None);
    }
}
