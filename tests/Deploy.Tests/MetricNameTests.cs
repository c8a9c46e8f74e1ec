using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>A graph of a metric that nobody exports stays empty, and an alert on it stays silent.</summary>
public sealed partial class MetricNameTests
{
    [Fact]
    public async Task Every_metric_of_the_dashboard_and_the_alerts_is_exported()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory.Path);
        using var http = new HttpClient { BaseAddress = server.Endpoint };
        var exported = FamiliesIn(Repository.Read("Cosi/Diagnostics/CosiMetrics.cs")).ToHashSet();
        exported.ShouldContain("objectstore_cosi_calls_total");
        var wanted = (await ExpressionsAsync()).SelectMany(expression => Name().Matches(expression).Select(match => match.Value)).Distinct().ToArray();
        wanted.Length.ShouldBeGreaterThan(15);
        var deadline = TimeSpan.FromSeconds(60);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            // Some are there once background work has gone round for the first time.
            exported.UnionWith(FamiliesIn(await http.GetStringAsync("/-/metrics")));
            var missing = wanted.Where(name => !exported.Contains(Histogram().Replace(name, ""))).ToArray();
            if (missing.Length == 0) return;
            if (clock.Elapsed > deadline) missing.ShouldBeEmpty();
            await Task.Delay(100);
        }
    }

    [Fact]
    public async Task Every_panel_and_every_alert_asks_for_something()
    {
        (await ExpressionsAsync()).ShouldAllBe(expression => Name().IsMatch(expression));
        var ids = Dashboard()["panels"].Objects().Select(panel => (int)panel["id"]!).ToArray();
        ids.ShouldBeUnique();
    }

    private static async Task<IReadOnlyList<string>> ExpressionsAsync()
    {
        var rendering = await ChartRenderer.RenderAsync("""{"metrics":{"prometheusRule":{"enabled":true},"dashboard":{"enabled":true}}}""");
        JsonNode.Parse((string)rendering.OfKind("ConfigMap").Single().Content["data"]!["objectstore.json"]!)!.ToJsonString().ShouldBe(Dashboard().ToJsonString());
        var rules = rendering.OfKind("PrometheusRule").Single().Content["spec"]!["groups"].Objects().SelectMany(group => group["rules"].Objects()).ToArray();
        rules.Select(rule => (string)rule["alert"]!).ShouldBeUnique();
        return [.. rules.Select(rule => (string)rule["expr"]!), .. Dashboard().Descendants().Where(node => node.ContainsKey("expr")).Select(node => (string)node["expr"]!)];
    }

    private static JsonObject Dashboard() => JsonNode.Parse(Repository.Read("deploy/grafana/dashboard.json"))!.AsObject();

    private static IEnumerable<string> FamiliesIn(string text) => Family().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"# TYPE (objectstore_\w+) ")]
    private static partial Regex Family();

    [GeneratedRegex(@"\bobjectstore_\w+")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Histogram();
}
