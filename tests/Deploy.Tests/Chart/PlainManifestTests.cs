using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests.Chart;

public sealed class PlainManifestTests
{
    [Fact]
    public async Task Manifests_without_Helm_are_what_the_chart_renders()
    {
        using var directory = new TemporaryDirectory();
        (await Tool.RunAsync(Repository.Path("deploy/render.sh"), [directory.Path])).Succeeded();
        foreach (var file in new[] { "server/objectstore.yaml", "cosi-v1alpha1/cosi.yaml", "cosi-v1alpha2/cosi.yaml" })
        {
            Repository.Read($"deploy/kubernetes/{file}").ShouldBe(File.ReadAllText(directory[file]), $"{file} is behind the chart: run deploy/render.sh");
        }
    }
}
