using System.Text.RegularExpressions;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>Options and variables that a binary says it knows.</summary>
internal sealed partial record KnownOptions(IReadOnlySet<string> Options, IReadOnlySet<string> Variables)
{
    private static readonly Lazy<Task<KnownOptions>> ServerHelp = new(async () =>
    {
        var help = (await Tool.RunAsync(Repository.ServerBinary, ["--help"])).Succeeded();
        var options = Option().Matches(help).Select(match => match.Groups[1].Value).ToHashSet();
        // "Each option is also an environment variable, such as OBJECTSTORE_ADDRESS for --address."
        var variables = options.Select(option => "OBJECTSTORE_" + option[2..].ToUpperInvariant().Replace('-', '_')).Concat(VariablesIn(help)).ToHashSet();
        return new KnownOptions(options, variables);
    });

    private static readonly Lazy<Task<KnownOptions>> CosiHelp = new(async () =>
    {
        var help = (await Tool.RunAsync(Repository.CosiBinary, ["--help"])).Succeeded();
        return new KnownOptions(Option().Matches(help).Select(match => match.Groups[1].Value).ToHashSet(), VariablesIn(Repository.Read("Cosi/Configuration/Setting.cs")).ToHashSet());
    });

    public static Task<KnownOptions> OfServerAsync() => ServerHelp.Value;

    public static Task<KnownOptions> OfCosiAsync() => CosiHelp.Value;

    private static IEnumerable<string> VariablesIn(string text) => Variable().Matches(text).Select(match => match.Value);

    [GeneratedRegex(@"^\s+(--[a-z][a-z0-9-]*)", RegexOptions.Multiline)]
    private static partial Regex Option();

    [GeneratedRegex(@"\b(OBJECTSTORE|COSI)_[A-Z0-9_]+\b")]
    private static partial Regex Variable();
}
