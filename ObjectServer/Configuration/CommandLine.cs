using System.Text;

namespace ObjectStore.Server.Configuration;

internal enum CommandVerb
{
    Serve,
    Help,
    Version,
}

/// <summary>The command line, split into options; what their values mean is not looked at here.</summary>
internal sealed record CommandLine(CommandVerb Verb, IReadOnlyDictionary<Setting, string[]> Options, IReadOnlyList<string> Problems)
{
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var options = new Dictionary<Setting, string[]>();
        var problems = new List<string>();
        var index = arguments is ["serve", ..] ? 1 : 0;
        while (index < arguments.Count)
        {
            var argument = arguments[index++];
            switch (argument)
            {
                case "--help" or "-h" or "help":
                    return new CommandLine(CommandVerb.Help, options, []);
                case "--version" or "version":
                    return new CommandLine(CommandVerb.Version, options, []);
            }
            var (name, inline) = Split(argument);
            var setting = Settings.All.FirstOrDefault(setting => "--" + setting.Name == name);
            if (setting is null)
            {
                problems.Add(argument.StartsWith('-') ? $"There is no option {name}." : $"\"{argument}\" is neither a command nor an option.");
                continue;
            }
            if (setting.IsSecret) problems.Add($"{name} is not taken on the command line, where every user of this machine sees it: set {setting.Environment}.");
            var values = inline is null ? TakeValues(arguments, ref index, setting) : [inline];
            if (values.Length == 0) problems.Add($"{name} needs a value: {name} {setting.Argument}");
            else if (setting.IsList && options.TryGetValue(setting, out var before)) options[setting] = [.. before, .. values];
            else if (!options.TryAdd(setting, values)) problems.Add($"{name} is given twice.");
        }
        return new CommandLine(CommandVerb.Serve, options, problems);
    }

    public static string HelpText()
    {
        var help = new StringBuilder()
            .Append("Usage: objectstore [serve] [options]\n       objectstore admin COMMAND\n\nServes S3 from erasure-coded drives; admin looks after a running server.\n\n");
        foreach (var setting in Settings.All.Where(setting => !setting.IsSecret)) AppendHelp(help, $"--{setting.Name} {setting.Argument}", setting.Help);
        AppendHelp(help, "--help", "this text");
        AppendHelp(help, "--version", "the version");
        help.Append("\nEach option is also an environment variable, such as OBJECTSTORE_ADDRESS for --address; these are only that:\n\n");
        foreach (var setting in Settings.All.Where(setting => setting.IsSecret)) AppendHelp(help, setting.Environment, setting.Help);
        return help.Append("\nWithout them the credentials are objectadmin/objectadmin, which is accepted on a loopback address only.\n").ToString();
    }

    private static void AppendHelp(StringBuilder help, string left, string right) => help.Append($"  {left,-30} {right}\n");

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=') : -1;
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static string[] TakeValues(IReadOnlyList<string> arguments, ref int index, Setting setting)
    {
        var values = new List<string>();
        while (index < arguments.Count && !arguments[index].StartsWith("--", StringComparison.Ordinal) && (setting.IsList || values.Count == 0))
        {
            values.Add(arguments[index++]);
        }
        if (values.Count == 0 && setting.IsSwitch) return ["true"];
        return values.ToArray();
    }
}
