using ObjectStore.Harness;

namespace ObjectStore.Grpc.Tests;

/// <summary>The public client of the gRPC project (Debian's python3-grpcio) against the server, over its unix socket.</summary>
public sealed class PublicClientTests
{
    [Theory]
    [InlineData("unary")]
    [InlineData("status")]
    [InlineData("deadline")]
    [InlineData("large")]
    [InlineData("gzip")]
    [InlineData("unknown")]
    [InlineData("concurrent")]
    [InlineData("health")]
    [InlineData("watch")]
    [InlineData("reflection")]
    public async Task Grpcio_understands_the_server(string scenario)
    {
        await using var server = await EchoServer.StartAsync();
        server.Health.Set("", true);
        server.Health.Set("objectstore.tests.Echo", false);
        var script = Path.Combine(AppContext.BaseDirectory, "client.py");
        var result = await Tool.RunAsync("/usr/bin/python3", [script, scenario, $"unix://{server.SocketPath}"]);
        result.Succeeded().ShouldContain("passed " + scenario);
    }
}
