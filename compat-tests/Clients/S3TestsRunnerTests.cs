using System.Runtime.CompilerServices;
using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

/// <summary>The script that judges runs of ceph/s3-tests is judged by tests of its own, in its own language.</summary>
public sealed class S3TestsRunnerTests
{
    [Fact]
    public async Task Runs_are_compared_with_the_ledger_as_documented()
    {
        var result = await Tool.RunAsync("/usr/bin/python3", ["-m", "unittest", "discover", "--start-directory", Folder()],
            new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1" });
        result.Succeeded();
        result.Error.ShouldContain("\nOK");
    }

    private static string Folder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "s3-tests"));
}
