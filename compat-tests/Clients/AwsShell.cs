using System.Text.Json;
using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

/// <summary>The AWS command line as one caller: a root, a user, or a session.</summary>
internal sealed class AwsShell(string endpoint, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>The same with other credentials, from the Credentials or AccessKey that a call has answered.</summary>
    public AwsShell As(JsonElement key)
    {
        var changed = new Dictionary<string, string>(environment)
        {
            ["AWS_ACCESS_KEY_ID"] = key.GetProperty("AccessKeyId").GetString()!,
            ["AWS_SECRET_ACCESS_KEY"] = key.GetProperty("SecretAccessKey").GetString()!,
        };
        if (key.TryGetProperty("SessionToken", out var token)) changed["AWS_SESSION_TOKEN"] = token.GetString()!;
        return new AwsShell(endpoint, changed);
    }

    /// <summary>The same, to a server elsewhere.</summary>
    public AwsShell At(string otherEndpoint) => new(otherEndpoint, environment);

    public Task<ToolResult> TryAsync(params string[] arguments) => Tool.RunAsync("aws", ["--endpoint-url", endpoint, "--output", "json", .. arguments], environment);

    /// <summary>What it printed, which is JSON or nothing; undefined for nothing.</summary>
    public async Task<JsonElement> RunAsync(params string[] arguments)
    {
        var output = (await TryAsync(arguments)).Succeeded();
        return output.Trim().Length == 0 ? default : JsonDocument.Parse(output).RootElement.Clone();
    }

    public async Task ShouldBeRefusedAsync(string code, params string[] arguments)
    {
        var result = await TryAsync(arguments);
        result.ExitCode.ShouldNotBe(0, string.Join(' ', arguments));
        result.Error.ShouldContain(code);
    }
}
