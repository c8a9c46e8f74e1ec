using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests.Chart;

public sealed class PlainManifestTests
{
    [Fact]
    public async Task Files_for_those_without_Helm_are_what_the_chart_renders()
    {
        using var directory = new TemporaryDirectory();
        (await Tool.RunAsync(Repository.Path("deploy/render.sh"), [directory.Path])).Succeeded();
        Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories).Length.ShouldBe(5);
        foreach (var path in Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories))
        {
            var file = Path.GetRelativePath(directory.Path, path);
            Repository.Read($"deploy/{file}").ShouldBe(File.ReadAllText(path), $"{file} is behind the chart: run deploy/render.sh");
        }
    }
}
