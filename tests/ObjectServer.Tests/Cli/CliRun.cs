using System.Text.Json;
using ObjectStore.Server.Cli;

namespace ObjectStore.Server.Tests.Cli;

/// <summary>What a command wrote and how it ended.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>The document that --json wrote.</summary>
    public JsonElement Json => JsonElement.Parse(Output);

    public string this[string field] => Json.GetProperty(field).ToString();

    /// <summary>Fails with what the command said if it did not succeed.</summary>
    public CliResult Ok()
    {
        ExitCode.ShouldBe(0, Error + Output);
        return this;
    }
}

/// <summary>Runs <c>objectstore admin</c> in this process, against a server that the test names.</summary>
internal sealed class CliRun(Uri endpoint, string accessKey = "access-key", string secretKey = "secret-key-of-the-tests")
{
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal)
    {
        ["OBJECTSTORE_ENDPOINT"] = endpoint.ToString(),
        ["OBJECTSTORE_ACCESS_KEY"] = accessKey,
        ["OBJECTSTORE_SECRET_KEY"] = secretKey,
    };

    public string Input { get; set; } = "";

    /// <param name="commandLine">What follows "objectstore admin", split at blanks.</param>
    public Task<CliResult> RunAsync(string commandLine) => RunAsync(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    public async Task<CliResult> RunAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var program = new AdminProgram(new StringReader(Input), output, error, isTerminal: false, Environment.GetValueOrDefault, TimeProvider.System);
        var exitCode = await program.RunAsync(["admin", .. arguments], CancellationToken.None);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }
}
