using System.Text;

namespace ObjectStore.Cosi.Configuration;

/// <summary>The command line and the environment, split into settings; what the values mean is not looked at here.</summary>
internal sealed record CommandLine(bool WantsHelp, bool WantsVersion, IReadOnlyDictionary<Setting, string> Values, IReadOnlyList<string> Problems)
{
    /// <param name="environment">A variable's value, or null. The command line comes before it.</param>
    public static CommandLine Read(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        var values = new Dictionary<Setting, string>();
        var problems = new List<string>();
        var (help, version) = (false, false);
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (argument is "--help" or "-h") help = true;
            else if (argument == "--version") version = true;
            else index += ReadOption(argument, index + 1 < arguments.Count ? arguments[index + 1] : null, values, problems);
        }
        foreach (var setting in Setting.All)
        {
            // An empty variable counts as none: that is how container tools unset one.
            if (environment(setting.Variable) is { } text && !string.IsNullOrWhiteSpace(text)) values.TryAdd(setting, text.Trim());
        }
        return new CommandLine(help, version, values, problems);
    }

    public static string HelpText()
    {
        var help = new StringBuilder("Usage: objectstore-cosi [options]\n       objectstore-cosi rotate ACCOUNT [GRACE] [options]\n\nThe COSI driver of ObjectStore: buckets and credentials for Kubernetes, v1alpha1 and v1alpha2.\n\n");
        foreach (var setting in Setting.All)
        {
            if (setting.Name is not null) help.Append($"  {$"--{setting.Name} {setting.Argument}",-32} {setting.Help}\n");
        }
        help.Append("\nEach option is also an environment variable; these are only that:\n\n");
        foreach (var setting in Setting.All)
        {
            if (setting.Name is null) help.Append($"  {setting.Variable,-32} {setting.Help}\n");
        }
        return help.ToString();
    }

    // Returns how many further arguments were used.
    private static int ReadOption(string argument, string? next, Dictionary<Setting, string> values, List<string> problems)
    {
        // Not repeated: it may be a secret that stands where none is taken.
        if (!argument.StartsWith('-'))
        {
            problems.Add("There is an argument that is neither an option nor the value of one.");
            return 0;
        }
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? argument : argument[..equals];
        if (Setting.All.FirstOrDefault(setting => setting.Name is not null && "--" + setting.Name == name) is not { } setting)
        {
            problems.Add($"There is no option {name}.");
            return 0;
        }
        var value = equals >= 0 ? argument[(equals + 1)..] : next;
        if (value is null) problems.Add($"{name} needs a value: {name} {setting.Argument}");
        else if (!values.TryAdd(setting, value)) problems.Add($"{name} is given twice.");
        return equals < 0 && value is not null ? 1 : 0;
    }
}
