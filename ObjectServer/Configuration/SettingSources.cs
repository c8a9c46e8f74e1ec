using System.Text.Json;

namespace ObjectStore.Server.Configuration;

/// <summary>The values that were given, before they are understood: command line, then environment, then file.</summary>
internal sealed class SettingSources
{
    private readonly Dictionary<Setting, string[]> _values = [];
    private readonly List<string> _problems = [];

    /// <summary>What is wrong with the sources themselves.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <param name="commandLine">Values by option, from <see cref="CommandLine"/>.</param>
    /// <param name="environment">A variable's value, or null.</param>
    /// <param name="readFile">Reads a text file.</param>
    public static SettingSources Collect(
        IReadOnlyDictionary<Setting, string[]> commandLine, Func<string, string?> environment, Func<string, string> readFile)
    {
        var sources = new SettingSources();
        foreach (var (setting, values) in commandLine) sources._values[setting] = values;
        foreach (var setting in Settings.All) sources.AddEnvironment(setting, environment(setting.Environment));
        if (sources.One(Settings.Config) is { } path) sources.AddFile(path, readFile);
        return sources;
    }

    /// <summary>The value; null if there is none.</summary>
    public string? One(Setting setting) => _values.TryGetValue(setting, out var values) ? values[^1] : null;

    public IReadOnlyList<string>? Many(Setting setting) => _values.GetValueOrDefault(setting);

    // An empty variable counts as none: that is how container tools unset one.
    private void AddEnvironment(Setting setting, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        var values = setting.IsList ? text.Split([' ', '\t', '\n', ','], StringSplitOptions.RemoveEmptyEntries) : [text];
        if (values.Length > 0) _values.TryAdd(setting, values);
    }

    private void AddFile(string path, Func<string, string> readFile)
    {
        try
        {
            using var document = JsonDocument.Parse(
                readFile(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                _problems.Add($"{path}: the file must hold one JSON object.");
                return;
            }
            foreach (var property in document.RootElement.EnumerateObject()) AddProperty(path, property);
        }
        catch (JsonException exception)
        {
            _problems.Add($"{path}: not JSON: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _problems.Add($"--config {path}: cannot be read: {exception.Message}");
        }
    }

    private void AddProperty(string path, JsonProperty property)
    {
        var setting = Settings.All.FirstOrDefault(setting => setting.Name == property.Name);
        if (setting is null || setting == Settings.Config)
        {
            _problems.Add($"{path}: there is no setting \"{property.Name}\".");
            return;
        }
        string[]? values = property.Value.ValueKind switch
        {
            JsonValueKind.String => [property.Value.GetString()!],
            JsonValueKind.Number => [property.Value.GetRawText()],
            JsonValueKind.True or JsonValueKind.False when setting.IsSwitch => [property.Value.GetRawText()],
            JsonValueKind.Array when setting.IsList && property.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
                property.Value.EnumerateArray().Select(item => item.GetString()!).ToArray(),
            _ => null,
        };
        if (values is null or []) _problems.Add($"{path}: \"{property.Name}\" has a value of the wrong kind.");
        else _values.TryAdd(setting, values);
    }
}
