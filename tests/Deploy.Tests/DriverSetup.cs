using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>Runs what the chart's init container runs to make the driver's user, with the files of the rendered ConfigMap.</summary>
internal static class DriverSetup
{
    /// <returns>What the script printed; access-key and secret-key are in <paramref name="target"/>.</returns>
    public static async Task<ToolResult> RunAsync(ServerProcess server, string scratch, string target, string secretKey = ServerProcess.SecretKey)
    {
        var map = (await ChartRenderer.RenderAsync("""{"cosi":{"enabled":true}}""")).OfKind("ConfigMap").Single().Content["data"].Map();
        Directory.CreateDirectory(scratch);
        Directory.CreateDirectory(target);
        foreach (var (name, text) in map) await File.WriteAllTextAsync(Path.Combine(scratch, name), text);
        return await Tool.RunAsync("sh", [Path.Combine(scratch, "setup.sh"), target], new Dictionary<string, string>
        {
            ["PATH"] = $"{Path.GetDirectoryName(Repository.ServerBinary)}:{Environment.GetEnvironmentVariable("PATH")}",
            ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString().TrimEnd('/'),
            ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey,
            ["OBJECTSTORE_SECRET_KEY"] = secretKey,
        });
    }
}
