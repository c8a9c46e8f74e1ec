using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>What the pages tell people to type and to look for is what there is.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Pages = ["docs/KUBERNETES.md", "docs/DEPLOY.md", "deploy/helm/objectstore/README.md"];

    [Fact]
    public async Task Every_value_that_a_page_sets_is_one_of_the_chart()
    {
        var values = await ChartRenderer.ValuesAsync();
        var named = Pages.SelectMany(page => Set().Matches(Repository.Read(page)).Concat(Named().Matches(Repository.Read(page)))).Select(match => match.Groups[1].Value).Distinct().ToArray();
        named.Length.ShouldBeGreaterThan(20);
        foreach (var path in named.Where(path => values[path.Split('.')[0]] is not null))
        {
            var at = values;
            foreach (var name in path.Split('.')) at = at is JsonObject inner && inner.ContainsKey(name) ? inner[name] : throw new InvalidOperationException($"{path} is no value");
        }
        Set().Matches(Repository.Read("docs/KUBERNETES.md")).ShouldAllBe(match => values[match.Groups[1].Value.Split('.', StringSplitOptions.None)[0]] != null);
    }

    [Fact]
    public void Every_link_leads_to_a_file()
    {
        foreach (var page in Pages)
        {
            foreach (var target in Link().Matches(Repository.Read(page)).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal)))
            {
                var path = target.Split('#')[0];
                if (path.Length == 0) continue;
                Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.Path(page))!, path)).ShouldBeTrue($"{page}: {target}");
            }
        }
    }

    [Fact]
    public void Every_anchor_leads_to_a_heading()
    {
        foreach (var page in Pages)
        {
            var text = Repository.Read(page);
            var headings = Heading().Matches(text).Select(match => NotInAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet();
            foreach (var anchor in Link().Matches(text).Select(match => match.Groups[1].Value).Where(target => target.StartsWith('#'))) headings.ShouldContain(anchor[1..]);
        }
    }

    [Fact]
    public void Every_path_of_a_command_is_there()
    {
        foreach (var page in Pages)
        {
            foreach (var path in DeployPath().Matches(Repository.Read(page)).Select(match => match.Value.TrimEnd('.', '/')).Distinct()) Path.Exists(Repository.Path(path)).ShouldBeTrue($"{page}: {path}");
        }
    }

    [Theory]
    [InlineData("The default credentials are accepted on a loopback address only")]
    [InlineData("The drives belong to different stores")]
    [InlineData("The store was made with parity")]
    public void A_message_that_people_look_up_is_one_that_the_server_writes(string message)
    {
        Repository.Read("docs/KUBERNETES.md").ShouldContain(message);
        Directory.GetFiles(Repository.Path("ObjectServer"), "*.cs", SearchOption.AllDirectories).ShouldContain(file => File.ReadAllText(file).Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_file_made_as_the_page_says_is_one_that_the_server_takes()
    {
        using var directory = new TemporaryDirectory();
        var lines = Repository.Read("docs/KUBERNETES.md").Split('\n').Select(line => line.Trim()).ToArray();
        var first = Array.FindIndex(lines, line => line.StartsWith("head -c 32 /dev/urandom", StringComparison.Ordinal));
        first.ShouldBeGreaterThan(0);
        // As the init container copies it.
        var script = $"{lines[first]}\n{lines[first + 1]}\ninstall -m 600 keys.json copied.json";
        (await Tool.RunAsync("bash", ["-euc", script], workingDirectory: directory.Path)).Succeeded();
        await using var server = await ServerProcess.StartAsync(directory["data"], arguments: ["--kms-key-file", directory["copied.json"]]);
        server.HasExited.ShouldBeFalse();
    }

    [GeneratedRegex(@"--set (?:`)?([a-zA-Z.]+)=")]
    private static partial Regex Set();

    [GeneratedRegex(@"`([a-zA-Z]+(?:\.[a-zA-Z]+)+)(?:=[^`]*)?`")]
    private static partial Regex Named();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"\bdeploy/[a-z0-9/._-]+")]
    private static partial Regex DeployPath();
}
