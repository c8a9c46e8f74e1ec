using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using ObjectStore.Cosi.Composition;
using ObjectStore.Cosi.Configuration;

// Exit codes: 0 served and stopped as asked, 1 could not start, 2 the command line or a setting is wrong.
var rotate = args is [RotateCommand.Verb, ..] ? RotateCommand.Read(args) : null;
if (args is [RotateCommand.Verb, ..] && rotate is null)
{
    Console.Error.Write(RotateCommand.Usage);
    return 2;
}
var command = CommandLine.Read(rotate?.Options ?? args, Environment.GetEnvironmentVariable);
if (command.WantsHelp)
{
    Console.Out.Write(CommandLine.HelpText());
    return 0;
}
if (command.WantsVersion)
{
    Console.Out.WriteLine($"objectstore-cosi {DriverProcess.Version}");
    return 0;
}

var (options, problems) = OptionsReader.Read(command.Values, File.ReadAllText);
if (options is null || command.Problems.Count > 0)
{
    Console.Error.WriteLine("objectstore-cosi does not start:");
    foreach (var problem in command.Problems.Concat(problems)) Console.Error.WriteLine($"  - {problem}");
    Console.Error.WriteLine("objectstore-cosi --help lists the options.");
    return 2;
}

using var loggers = LoggerFactory.Create(logging =>
{
    logging.SetMinimumLevel(options.LogLevel).AddFilter("Microsoft", options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning);
    const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
    if (options.JsonLogs)
    {
        logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, Timestamp.TrimEnd()));
        return;
    }
    logging.AddSimpleConsole(console =>
        (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat, console.ColorBehavior) = (true, true, Timestamp, LoggerColorBehavior.Disabled));
});
try
{
    if (rotate is var (account, grace, _))
    {
        var logger = loggers.CreateLogger("ObjectStore.Cosi");
        return await RotateCommand.RunAsync(account, grace, options, Environment.GetEnvironmentVariable, logger, Console.Out, Console.Error, TimeProvider.System, CancellationToken.None);
    }
    await DriverProcess.RunAsync(options, Environment.GetEnvironmentVariable, loggers, TimeProvider.System);
    return 0;
}
catch (IOException refused)
{
    Console.Error.WriteLine($"objectstore-cosi does not start: {refused.Message}");
    return 1;
}
