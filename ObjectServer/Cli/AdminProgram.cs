using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;
using ObjectStore.Client;
using ObjectStore.Server.Cli.Commands;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli;

/// <summary>
/// <c>objectstore admin ...</c>: a client of the server's wire (admin API, IAM, S3) and of nothing else in this program.
/// </summary>
/// <param name="isTerminal">Whether a person reads the output.</param>
/// <param name="environment">A variable's value, or null.</param>
internal sealed class AdminProgram(TextReader input, TextWriter output, TextWriter error, bool isTerminal, Func<string, string?> environment, TimeProvider time)
{
    private const string Name = "objectstore";

    /// <summary>Longest document that is read from a file; the server takes no longer ones either.</summary>
    private const int MaxFileBytes = 1 << 20;

    public static Task<int> RunAsync(string[] arguments) => new AdminProgram(
        Console.In, Console.Out, Console.Error, !Console.IsOutputRedirected, Environment.GetEnvironmentVariable, TimeProvider.System).RunAsync(arguments, CancellationToken.None);

    /// <param name="arguments">From "admin" on.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken ct)
    {
        // Not a RootCommand: that calls itself by the name of whatever process this is.
        var root = new Command(Name, "ObjectStore") { BuildAdmin(), new HelpOption { Action = new HelpWithExamples(), Recursive = true } };
        Connect(root);
        // "@name" is the name of a user here, not a file with arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            foreach (var problem in parsed.Errors.Select(problem => problem.Message).Distinct(StringComparer.Ordinal)) await error.WriteLineAsync("objectstore: " + problem);
            await error.WriteLineAsync($"{PathOf(parsed.CommandResult.Command)} --help says more.");
            return ExitCode.Usage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, ct);
    }

    private static CommandGroup BuildAdmin()
    {
        var admin = new CommandGroup("admin", "Look after a server: accounts, who may do what, buckets, drives",
            AccountCommands.Build(), UserCommands.Build(), GroupCommands.Build(), RoleCommands.Build(), KeyCommands.Build(), PolicyCommands.Build(),
            BucketCommands.Build(), TargetCommands.Build(), RemoteCommands.Build(), TierCommands.Build(), ReplicationCommands.Build(), InfoCommands.Build())
        {
            Examples =
            [
                "export OBJECTSTORE_ACCESS_KEY=... OBJECTSTORE_SECRET_KEY=...",
                "objectstore admin account create photos",
                "objectstore admin key create --root --account photos --json",
            ],
        };
        foreach (var option in CliOptions.All) admin.Add(option);
        return admin;
    }

    private void Connect(Command command)
    {
        if (command is AdminCommand leaf) command.SetAction((arguments, ct) => RunAsync(arguments, leaf.Work, ct));
        foreach (var below in command.Subcommands) Connect(below);
    }

    private async Task<int> RunAsync(ParseResult arguments, CommandAction work, CancellationToken ct)
    {
        var printer = new Printer(output, error, isTerminal, arguments.GetValue(CliOptions.Json));
        try
        {
            var endpoint = CliOptions.ReadEndpoint(arguments, environment);
            var credentials = CliOptions.ReadCredentials(arguments, environment);
            if (endpoint.Scheme == Uri.UriSchemeHttp && !endpoint.IsLoopback) printer.Warn("the connection is not encrypted: what is shown here can be read on the way.");
            using var connection = new Connection(new ConnectionOptions
            {
                Endpoint = endpoint,
                Region = CliOptions.ReadRegion(arguments, environment),
                Authorities = CliOptions.ReadAuthorities(arguments, environment),
                // Who waits before a terminal would rather be told.
                MaxAttempts = 1,
            }, time, Random.Shared);
            await work(new CommandContext(arguments, connection, credentials, printer, ReadText, time), ct);
            return ExitCode.Ok;
        }
        catch (CliException refused)
        {
            return Tell(refused);
        }
        catch (ClientException refused)
        {
            return Tell(CliException.Of(refused));
        }

        int Tell(CliException refused)
        {
            printer.Error(refused);
            return refused.ExitCode;
        }
    }

    private string ReadText(string file)
    {
        try
        {
            using var stream = file == "-" ? null : new StreamReader(file, Encoding.UTF8);
            var reader = stream ?? input;
            var buffer = new char[MaxFileBytes + 1];
            var length = reader.ReadBlock(buffer, 0, buffer.Length);
            return length <= MaxFileBytes ? new string(buffer, 0, length) : throw CliException.Usage($"{file} is longer than {MaxFileBytes} bytes.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CliException.Usage($"{file} cannot be read: {exception.Message}");
        }
    }

    private static string PathOf(Command command)
    {
        var path = command.Name;
        for (var above = command.Parents.OfType<Command>().FirstOrDefault(); above is not null; above = above.Parents.OfType<Command>().FirstOrDefault()) path = above.Name + " " + path;
        return path;
    }

    private sealed class HelpWithExamples : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            new HelpAction().Invoke(parseResult);
            var examples = parseResult.CommandResult.Command switch
            {
                AdminCommand command => command.Examples,
                CommandGroup group => group.Examples,
                _ => [],
            };
            if (examples.Count == 0) return ExitCode.Ok;
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples) output.WriteLine("  " + example);
            output.WriteLine();
            return ExitCode.Ok;
        }
    }
}
