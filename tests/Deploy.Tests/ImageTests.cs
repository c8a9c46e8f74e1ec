using System.Text.Json;
using System.Xml.Linq;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>No container engine runs the Dockerfile here: its steps are run one by one, as far as they can be outside of one.</summary>
public sealed class ImageTests
{
    private static readonly IReadOnlyList<DockerStage> Stages = Dockerfile.Read(Repository.Read("Dockerfile"));
    private static readonly string Configuration = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(Repository.ServerBinary)))!;

    [Theory]
    [InlineData("server", "build-server", "Serves S3")]
    [InlineData("cosi", "build-cosi", "COSI driver")]
    public async Task What_the_build_stage_publishes_is_what_the_image_starts(string image, string build, string says)
    {
        using var directory = new TemporaryDirectory();
        var run = Stage(build).One("RUN").Split(' ');
        run[..2].ShouldBe(["dotnet", "publish"]);
        // The same command, of what the tests were built from.
        string[] arguments = [.. run[1..].Select(word => word == "/app" ? directory.Path : word == "Release" ? Configuration : word), "--no-build", "-v", "quiet"];
        (await Tool.RunAsync("dotnet", arguments, workingDirectory: Repository.Root)).Succeeded();
        var entry = JsonSerializer.Deserialize<string[]>(Stage(image).One("ENTRYPOINT"))!.Single();
        entry.ShouldStartWith("/app/");
        (await Tool.RunAsync(Path.Combine(directory.Path, entry["/app/".Length..]), ["--help"])).Succeeded().ShouldContain(says);
        Stage(image).Steps.ShouldContain(new DockerStep("COPY", $"--from={build} /app /app"));
        // The name by which the chart and people call it.
        Stage(image).Steps.ShouldContain(new DockerStep("RUN", $"ln -s {entry} /usr/local/bin/{Path.GetFileName(entry)}"));
    }

    [Fact]
    public void A_build_without_a_target_makes_the_server() => Stages[^1].Name.ShouldBe("server");

    [Fact]
    public void Stages_follow_from_public_images_or_from_each_other()
    {
        var known = new HashSet<string>();
        foreach (var stage in Stages)
        {
            (known.Contains(stage.From) || stage.From.StartsWith("mcr.microsoft.com/dotnet/", StringComparison.Ordinal)).ShouldBeTrue(stage.From);
            foreach (var copied in stage.Steps.Where(step => step.Instruction == "COPY" && step.Words.StartsWith("--from=", StringComparison.Ordinal)))
                known.ShouldContain(copied.Words["--from=".Length..].Split(' ')[0]);
            known.Add(stage.Name);
        }
    }

    [Theory]
    [InlineData("server")]
    [InlineData("cosi")]
    public async Task An_image_runs_as_the_user_that_the_chart_and_the_files_expect(string image)
    {
        var pod = (await ChartRenderer.RenderAsync("{}")).OfKind("StatefulSet").Single().PodSpec!["securityContext"]!;
        // By number, so that Kubernetes can see that it is not root.
        Stage(image).One("USER").ShouldBe($"{(int)pod["runAsUser"]!}:{(int)pod["runAsGroup"]!}");
        Stage(image).Steps.ShouldContain(step => step.Instruction == "RUN" && step.Words.Contains("useradd --system --uid 10001 --gid 10001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Variables_of_the_images_are_known_to_the_programs()
    {
        var known = await KnownOptions.OfServerAsync();
        foreach (var variable in Stage("server").One("ENV").Split(' ')) known.Variables.ShouldContain(variable.Split('=')[0]);
    }

    [Fact]
    public async Task Packages_of_the_image_come_by_functions_that_are_there()
    {
        var install = Stage("server").Steps.Single(step => step.Instruction == "RUN" && step.Words.Contains("packages.sh", StringComparison.Ordinal)).Words;
        install.ShouldContain("source /tmp/packages.sh && need_rocksdb && need libzstd1 curl");
        Stage("server").Steps.ShouldContain(new DockerStep("COPY", "build/packages.sh /tmp/packages.sh"));
        (await Tool.RunAsync("bash", ["-c", $"source '{Repository.Path("build/packages.sh")}' && type -t need_rocksdb && type -t need"])).Succeeded().ShouldBe("function\nfunction\n");
    }

    [Fact]
    public async Task The_health_check_passes_on_a_server_and_fails_on_none()
    {
        using var directory = new TemporaryDirectory();
        var check = Stage("server").One("HEALTHCHECK");
        var command = check[(check.IndexOf("CMD ", StringComparison.Ordinal) + "CMD ".Length)..];
        await using var server = await ServerProcess.StartAsync(directory.Path);
        var here = command.Replace("127.0.0.1:9000", server.Endpoint.Authority, StringComparison.Ordinal);
        here.ShouldNotBe(command);
        (await Tool.RunAsync("sh", ["-c", here])).ExitCode.ShouldBe(0);
        await server.KillAsync();
        (await Tool.RunAsync("sh", ["-c", here])).ExitCode.ShouldBe(1);
    }

    [Fact]
    public void The_context_has_what_the_projects_are_built_from()
    {
        var ignored = Repository.Read(".dockerignore").Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToArray();
        var wanted = new Queue<string>(["ObjectServer/ObjectServer.csproj", "Cosi/Cosi.csproj"]);
        var files = new HashSet<string> { "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "build/packages.sh" };
        while (wanted.TryDequeue(out var project))
        {
            if (!files.Add(project)) continue;
            foreach (var reference in XDocument.Load(Repository.Path(project)).Descendants("ProjectReference"))
                wanted.Enqueue(Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Path(Path.GetDirectoryName(project)!), (string)reference.Attribute("Include")!))));
        }
        foreach (var file in files)
        {
            File.Exists(Repository.Path(file)).ShouldBeTrue(file);
            ignored.ShouldAllBe(pattern => pattern != file && !file.StartsWith(pattern + "/", StringComparison.Ordinal));
        }
        ignored.ShouldNotContain("*.json");
    }

    private static DockerStage Stage(string name) => Stages.Single(stage => stage.Name == name);
}
