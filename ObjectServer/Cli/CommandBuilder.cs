using System.CommandLine;

namespace ObjectStore.Server.Cli;

/// <summary>Does a command's work; what fails is a <see cref="CliException"/>.</summary>
internal delegate Task CommandAction(CommandContext context, CancellationToken ct);

/// <summary>Runs the action of a command with all that it needs.</summary>
internal delegate Task<int> CommandRunner(ParseResult arguments, CommandAction action, CancellationToken ct);

/// <summary>A command with its action; <see cref="Examples"/> stand at the end of its help.</summary>
internal sealed class AdminCommand : Command
{
    public AdminCommand(string name, string description, CommandAction action, params ReadOnlySpan<Symbol> parts) : base(name, description)
    {
        Work = action;
        foreach (var part in parts)
        {
            if (part is Argument argument) Add(argument);
            else Add((Option)part);
        }
    }

    public CommandAction Work { get; }

    public IReadOnlyList<string> Examples { get; init; } = [];
}

/// <summary>A command that only has commands below it.</summary>
internal sealed class CommandGroup : Command
{
    public CommandGroup(string name, string description, params ReadOnlySpan<Symbol> parts) : base(name, description)
    {
        foreach (var part in parts)
        {
            if (part is Command command) Add(command);
            else Add((Option)part);
        }
    }

    public IReadOnlyList<string> Examples { get; init; } = [];
}

/// <summary>Shorthands for the parts of commands.</summary>
internal static class Parts
{
    public static Argument<string> Argument(string name, string description) => new(name) { Description = description, HelpName = name };

    public static Option<string> Option(string name, string argument, string description) => new(name) { Description = description, HelpName = argument };

    public static Option<bool> Switch(string name, string description) => new(name) { Description = description };
}
