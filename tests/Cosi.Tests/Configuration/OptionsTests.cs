using Microsoft.Extensions.Logging;
using ObjectStore.Cosi.Configuration;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Configuration;

public sealed class OptionsTests
{
    private static readonly Dictionary<string, string> Least = new()
    {
        ["OBJECTSTORE_SERVER"] = "https://store:9000", ["OBJECTSTORE_ACCESS_KEY"] = "key", ["OBJECTSTORE_SECRET_KEY"] = "a-secret-text",
    };

    [Fact]
    public void The_environment_is_enough()
    {
        var options = Read([], Least).Options.ShouldNotBeNull();
        options.DriverName.ShouldBe("objectstore.cosi.dev");
        options.Endpoint.SocketPath.ShouldBe("/var/lib/cosi/cosi.sock");
        (options.Region, options.S3Endpoint, options.AddressingStyle).ShouldBe(("us-east-1", "https://store:9000", AddressingStyle.Path));
        (options.MetricsAddress, options.StopGrace, options.JsonLogs, options.LogLevel).ShouldBe((null, TimeSpan.FromSeconds(20), false, LogLevel.Information));
        options.SecretKey.Reveal().ShouldBe("a-secret-text");
        options.Describe().ShouldNotContain("a-secret-text");
        options.ToString().ShouldNotContain("a-secret-text");
    }

    [Fact]
    public void The_command_line_comes_before_the_environment()
    {
        var options = Read(
            ["--endpoint=unix:///run/x.sock", "--server", "http://127.0.0.1:9", "--driver-name", "a.b2.c-d", "--region", "eu-1", "--s3-endpoint", "https://s3.example.org/",
                "--addressing-style", "Virtual", "--metrics-address", ":9100", "--stop-grace", "5", "--call-timeout", "60", "--log-level", "debug", "--log-format", "json", "--cluster-id", "prod.eu_1"],
            Least).Options.ShouldNotBeNull();
        (options.Endpoint.SocketPath, options.Server.Port, options.DriverName, options.Region).ShouldBe(("/run/x.sock", 9, "a.b2.c-d", "eu-1"));
        (options.S3Endpoint, options.AddressingStyle, options.MetricsAddress!.ToString()).ShouldBe(("https://s3.example.org", AddressingStyle.Virtual, "0.0.0.0:9100"));
        (options.StopGrace, options.CallTimeout, options.LogLevel, options.JsonLogs).ShouldBe((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60), LogLevel.Debug, true));
        options.ClusterId.ShouldBe("prod.eu_1");
        options.RotateBefore.ShouldBeNull();
        Read(["--rotate-before", "36h"], Least).Options!.RotateBefore.ShouldBe(TimeSpan.FromHours(36));
        Read(["--rotate-before", "0"], Least).Options!.RotateBefore.ShouldBeNull();
    }

    [Fact]
    public void Keys_are_taken_from_files_without_the_line_end()
    {
        var variables = new Dictionary<string, string>
        {
            ["OBJECTSTORE_SERVER"] = "http://s", ["OBJECTSTORE_ACCESS_KEY_FILE"] = "/keys/a", ["OBJECTSTORE_SECRET_KEY_FILE"] = "/keys/s",
        };
        var options = Read([], variables, path => path == "/keys/a" ? "key\n" : "secret\r\n").Options.ShouldNotBeNull();
        (options.AccessKey, options.SecretKey.Reveal()).ShouldBe(("key", "secret"));
        var (none, problems) = Read([], variables, path => path == "/keys/a" ? " \n" : throw new FileNotFoundException("it is not there"));
        none.ShouldBeNull();
        problems.ShouldBe(["--access-key-file /keys/a: the file is empty.", "--secret-key-file /keys/s: cannot be read: it is not there"]);
    }

    [Theory]
    [InlineData("--endpoint", "tcp://127.0.0.1:1", "must begin with unix:// and end with .sock")]
    [InlineData("--endpoint", "unix:///run/cosi", "must begin with unix:// and end with .sock")]
    [InlineData("--endpoint", "unix://run/x.sock", "must be absolute")]
    [InlineData("--rotate-before", "soon", "1m to 30d")]
    [InlineData("--rotate-before", "30s", "1m to 30d")]
    [InlineData("--rotate-before", "31d", "1m to 30d")]
    [InlineData("--cluster-id", "a b", "1 to 64 letters")]
    [InlineData("--driver-name", "Objectstore.dev", "labels of a-z")]
    [InlineData("--driver-name", "1store.dev", "labels of a-z")]
    [InlineData("--driver-name", "store.1dev", "labels of a-z")]
    [InlineData("--driver-name", "store-.dev", "labels of a-z")]
    [InlineData("--driver-name", "store..dev", "labels of a-z")]
    [InlineData("--driver-name", "a123456789012345678901234567890123456789012345678901234567890123", "at most 63")]
    [InlineData("--server", "store:9000", "must be http:// or https://")]
    [InlineData("--server", "https://user:a-password@store", "must be http:// or https://")]
    [InlineData("--s3-endpoint", "https://store/path", "must be http:// or https://")]
    [InlineData("--addressing-style", "dns", "must be one of path, virtual")]
    [InlineData("--metrics-address", "9100", "must be an address and a port")]
    [InlineData("--stop-grace", "0", "whole seconds")]
    [InlineData("--call-timeout", "1m", "whole seconds")]
    [InlineData("--log-level", "chatty", "must be one of")]
    [InlineData("--colour", "red", "There is no option --colour")]
    [InlineData("--secret-key", "a-password", "There is no option --secret-key")]
    [InlineData("--secret-key=a-password", "a-password", "There is no option --secret-key")]
    public void What_cannot_be_is_said(string option, string value, string reason)
    {
        var (options, problems) = Read([option, value], Least);
        options.ShouldBeNull();
        string.Join('\n', problems).ShouldContain(reason);
        string.Join('\n', problems).ShouldNotContain("a-password");
    }

    [Fact]
    public void Without_anything_all_that_is_missing_is_said() => Read([], []).Problems.Count.ShouldBe(3);

    [Fact]
    public async Task The_executable_says_what_is_wrong_and_lists_its_options()
    {
        var wrong = await Tool.RunAsync(DriverExecutable.BinaryPath, ["--server", "x"], new Dictionary<string, string> { ["OBJECTSTORE_ACCESS_KEY"] = "", ["OBJECTSTORE_SECRET_KEY"] = "" });
        wrong.ExitCode.ShouldBe(2);
        wrong.Error.ShouldContain("objectstore-cosi does not start:");
        var help = await Tool.RunAsync(DriverExecutable.BinaryPath, ["--help"]);
        help.ExitCode.ShouldBe(0);
        foreach (var setting in Setting.All) help.Output.ShouldContain(setting.Name is null ? setting.Variable : "--" + setting.Name);
        (await Tool.RunAsync(DriverExecutable.BinaryPath, ["--version"])).Output.ShouldStartWith("objectstore-cosi ");
    }

    private static (DriverOptions? Options, IReadOnlyList<string> Problems) Read(
        string[] arguments, Dictionary<string, string> environment, Func<string, string>? readFile = null)
    {
        var command = CommandLine.Read(arguments, name => environment.GetValueOrDefault(name));
        var (options, problems) = OptionsReader.Read(command.Values, readFile ?? (_ => throw new FileNotFoundException()));
        return (command.Problems.Count == 0 ? options : null, [.. command.Problems, .. problems]);
    }
}
