using System.Text.Json;
using System.Text.Json.Nodes;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests.Chart;

/// <summary>
/// Renders the chart with the program in Renderer/, which is built once a run: Helm's template engine, function library,
/// YAML package and schema validator.
/// </summary>
internal static class ChartRenderer
{
    private static readonly Lazy<Task> Built = new(BuildAsync);

    /// <summary>With these values over the chart's own; several of them in one go.</summary>
    public static async Task<IReadOnlyList<Rendering>> RenderAsync(params IReadOnlyList<RenderCase> cases)
    {
        await Built.Value;
        var input = new JsonArray([.. cases.Select(one => (JsonNode)new JsonObject
        {
            ["release"] = one.Release, ["namespace"] = one.Namespace, ["values"] = one.Values.DeepClone(),
        })]);
        var output = (await Tool.RunAsync(Repository.RendererBinary, ["batch", Repository.Chart], input: input.ToJsonString())).Succeeded();
        return [.. JsonNode.Parse(output)!.AsArray().Select(result => new Rendering(result!.AsObject()))];
    }

    /// <summary>Values as JSON text.</summary>
    public static async Task<Rendering> RenderAsync(string values, string release = "store", string @namespace = "objects") =>
        (await RenderAsync([new RenderCase(JsonNode.Parse(values)!.AsObject(), release, @namespace)]))[0];

    /// <summary>The chart's own values.</summary>
    public static async Task<JsonNode> ValuesAsync()
    {
        await Built.Value;
        return JsonNode.Parse((await Tool.RunAsync(Repository.RendererBinary, ["values", Repository.Chart])).Succeeded())!;
    }

    /// <summary>The documents of a YAML file of the source tree, read strictly.</summary>
    public static async Task<IReadOnlyList<JsonObject>> ReadYamlAsync(string relative)
    {
        await Built.Value;
        var output = (await Tool.RunAsync(Repository.RendererBinary, ["json", Repository.Path(relative)])).Succeeded();
        return [.. JsonNode.Parse(output)!.AsArray().Select(document => document!["object"]!.AsObject())];
    }

    private static async Task BuildAsync()
    {
        // Debian installs sources of Go packages for builds without modules and without a network.
        var environment = new Dictionary<string, string> { ["GO111MODULE"] = "off", ["GOPATH"] = "/usr/share/gocode", ["CGO_ENABLED"] = "0" };
        (await Tool.RunAsync("go", ["build", "-o", Repository.RendererBinary, "."], environment,
            workingDirectory: Repository.Renderer)).Succeeded();
    }
}

internal sealed record RenderCase(JsonObject Values, string Release = "store", string Namespace = "objects");

/// <summary>What became of a case: manifests, or the error that Helm's user would see.</summary>
internal sealed class Rendering(JsonObject result)
{
    public string? Error { get; } = (string?)result["error"];

    public string Notes { get; } = (string)result["notes"]!;

    public IReadOnlyList<Manifest> Manifests => Error is null
        ? field ??= [.. result["documents"]!.AsArray().Select(document => new Manifest((string)document!["template"]!, document["object"]!.AsObject()))]
        : throw new InvalidOperationException(Error);

    public Manifest this[string kind, string name] => Manifests.Single(manifest => manifest.Kind == kind && manifest.Name == name);

    public IEnumerable<Manifest> OfKind(string kind) => Manifests.Where(manifest => manifest.Kind == kind);
}

internal sealed record Manifest(string Template, JsonObject Content)
{
    public string Kind => (string)Content["kind"]!;

    public string ApiVersion => (string)Content["apiVersion"]!;

    public string Name => (string)Content["metadata"]!["name"]!;

    public string? Namespace => (string?)Content["metadata"]!["namespace"];

    /// <summary>The pod's spec of a StatefulSet, Deployment, Job or Pod; null of anything else.</summary>
    public JsonObject? PodSpec => Kind == "Pod" ? Content["spec"]!.AsObject() : PodTemplate?["spec"]?.AsObject();

    public JsonObject? PodTemplate => Content["spec"]?["template"] as JsonObject;

    public IEnumerable<JsonObject> Containers =>
        (PodSpec?["initContainers"]?.AsArray() ?? []).Concat(PodSpec?["containers"]?.AsArray() ?? []).Select(container => container!.AsObject());

    public override string ToString() => $"{Kind} {Name} ({Template})";
}

internal static class JsonNodes
{
    public static IEnumerable<JsonObject> Objects(this JsonNode? array) => array?.AsArray().Select(item => item!.AsObject()) ?? [];

    public static IEnumerable<string> Strings(this JsonNode? array) => array?.AsArray().Select(item => (string)item!) ?? [];

    public static IReadOnlyDictionary<string, string> Map(this JsonNode? node) =>
        node?.AsObject().ToDictionary(pair => pair.Key, pair => (string)pair.Value!) ?? [];

    /// <summary>Every object inside, this one first.</summary>
    public static IEnumerable<JsonObject> Descendants(this JsonNode? node) => node switch
    {
        JsonObject value => value.Select(pair => pair.Value).SelectMany(Descendants).Prepend(value),
        JsonArray array => array.SelectMany(Descendants),
        _ => [],
    };

    public static bool Contains(this IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> selector) =>
        selector.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value);

    public static JsonElement Element(this JsonNode node) => JsonSerializer.SerializeToElement(node);
}
