using ObjectStore.Server.Cli;
using ObjectStore.Server.Composition;
using ObjectStore.Server.Configuration;

// A client of a running server, which loads nothing of what follows.
if (args is ["admin", ..]) return await AdminProgram.RunAsync(args);

// Exit codes: 0 served and stopped as asked, 1 could not start or failed, 2 the command line or a setting is wrong.
var command = CommandLine.Parse(args);
switch (command.Verb)
{
    case CommandVerb.Help:
        Console.Out.Write(CommandLine.HelpText());
        return 0;
    case CommandVerb.Version:
        Console.Out.WriteLine($"objectstore {ServerProcess.Version}");
        return 0;
}

var sources = SettingSources.Collect(command.Options, Environment.GetEnvironmentVariable, File.ReadAllText);
var (options, problems) = OptionsReader.Read(sources);
if (options is null || command.Problems.Count > 0)
{
    Console.Error.WriteLine("objectstore does not start:");
    foreach (var problem in command.Problems.Concat(problems)) Console.Error.WriteLine($"  - {problem}");
    Console.Error.WriteLine("objectstore --help lists the options.");
    return 2;
}

NativeMemory.Configure();
using var loggers = LoggerFactory.Create(logging => logging
    .SetMinimumLevel(options.LogLevel)
    .AddFilter("Microsoft.AspNetCore", options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning)
    .AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
    }));
try
{
    await new ServerProcess(options, StoreHost.OpenAsync, loggers, TimeProvider.System, Random.Shared).RunAsync(listening: null, CancellationToken.None);
    return 0;
}
catch (StartException refused)
{
    Console.Error.WriteLine($"objectstore does not start: {refused.Message}");
    return 1;
}
