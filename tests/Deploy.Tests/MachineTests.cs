using System.Text.RegularExpressions;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>The unit for systemd and the file for Docker Compose.</summary>
public sealed partial class MachineTests
{
    [Fact]
    public async Task The_unit_is_one_that_systemd_takes()
    {
        using var directory = new TemporaryDirectory();
        var unit = Installed(directory);
        var result = await Tool.RunAsync("systemd-analyze", ["verify", "--man=no", unit]);
        result.ExitCode.ShouldBe(0, result.Error);
        // Of this unit, which it also does for what it does not know; others of the machine may be what they are.
        result.Error.Split('\n').Where(line => line.Contains(unit, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_unit_is_confined()
    {
        using var directory = new TemporaryDirectory();
        // Tenths of systemd's measure of exposure, which ends at 10.
        var result = await Tool.RunAsync("systemd-analyze", ["security", "--no-pager", "--offline=true", "--threshold=20", Installed(directory)]);
        result.ExitCode.ShouldBe(0, result.Output + result.Error);
    }

    [Fact]
    public async Task Settings_of_the_unit_are_known_to_the_server_and_have_a_value_where_it_needs_one()
    {
        var known = await KnownOptions.OfServerAsync();
        var variables = Setting().Matches(Repository.Read("deploy/systemd/objectstore.env")).Select(match => match.Groups[1].Value).ToArray();
        variables.Length.ShouldBeGreaterThan(6);
        variables.ShouldAllBe(variable => known.Variables.Contains(variable));
        var unit = Repository.Read("deploy/systemd/objectstore.service");
        unit.ShouldContain("EnvironmentFile=/etc/objectstore/objectstore.env");
        // The drives are where the unit may write.
        Repository.Read("deploy/systemd/objectstore.env").ShouldContain("OBJECTSTORE_DRIVES=/srv/objectstore/");
        unit.ShouldContain("ReadWritePaths=/srv/objectstore\n");
        unit.ShouldContain("RequiresMountsFor=/srv/objectstore\n");
    }

    [Fact]
    public async Task An_environment_file_that_was_not_filled_in_does_not_serve_with_known_credentials()
    {
        using var directory = new TemporaryDirectory();
        var environment = Repository.Read("deploy/systemd/objectstore.env").Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        environment["OBJECTSTORE_DRIVES"] = directory["disk{1...6}"];
        var result = await Tool.RunAsync(Repository.ServerBinary, ["serve"], environment);
        result.ExitCode.ShouldNotBe(0);
        (result.Output + result.Error).ShouldContain("OBJECTSTORE_ROOT_PASSWORD");
        Directory.GetFileSystemEntries(directory.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_compose_file_confines_the_server_and_tells_it_what_it_knows()
    {
        var compose = (await ChartRenderer.ReadYamlAsync("deploy/compose/compose.yaml")).Single();
        var server = compose["services"]!["objectstore"]!;
        var known = await KnownOptions.OfServerAsync();
        foreach (var variable in server["environment"]!.AsObject()) known.Variables.ShouldContain(variable.Key);
        ((bool)server["read_only"]!).ShouldBeTrue();
        server["cap_drop"].Strings().ShouldBe(["ALL"]);
        server["security_opt"].Strings().ShouldBe(["no-new-privileges:true"]);
        Directory.Exists(Path.GetFullPath(Path.Combine(Repository.Path("deploy/compose"), (string)server["build"]!["context"]!))).ShouldBeTrue();
        Dockerfile.Read(Repository.Read("Dockerfile")).ShouldContain(stage => stage.Name == (string)server["build"]!["target"]!);
        // Every volume that is named is one that is made, and the drives lie in it.
        var volumes = server["volumes"].Strings().Select(volume => volume.Split(':')).ToArray();
        volumes.ShouldAllBe(volume => compose["volumes"]!.AsObject().ContainsKey(volume[0]));
        ((string)server["environment"]!["OBJECTSTORE_DRIVES"]!).ShouldStartWith(volumes.Single()[1] + "/");
    }

    // As it is on a machine where all of it is installed.
    private static string Installed(TemporaryDirectory directory)
    {
        var unit = directory["objectstore.service"];
        var text = Repository.Read("deploy/systemd/objectstore.service");
        text.ShouldContain("ExecStart=/usr/lib/objectstore/objectstore serve\n");
        File.WriteAllText(unit, text.Replace("/usr/lib/objectstore/objectstore", Repository.ServerBinary, StringComparison.Ordinal));
        return unit;
    }

    [GeneratedRegex("^#?(OBJECTSTORE_[A-Z_]+)=", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
