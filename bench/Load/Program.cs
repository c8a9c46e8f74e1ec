using ObjectStore.Bench.Load;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
try
{
    if (args.Contains("--help"))
    {
        Console.WriteLine(LoadOptions.Usage);
        return 0;
    }
    var options = LoadOptions.Parse(args);
    var results = await new LoadRun(options).RunAsync(stop.Token);
    Report.Write(options, results);
    return results.Any(result => result.Errors > 0) ? 1 : 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(LoadOptions.Usage);
    return 2;
}
catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or OperationCanceledException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
