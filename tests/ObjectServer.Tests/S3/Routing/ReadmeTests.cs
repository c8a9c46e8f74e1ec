using System.Runtime.CompilerServices;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.ObjectServer.Tests.S3.Routing;

public sealed class ReadmeTests
{
    [Fact]
    public void The_readme_shows_the_operation_table_as_it_is()
    {
        // With OBJECTSTORE_WRITE_README=1 the test writes the table instead of comparing it.
        var path = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../../README.md");
        var readme = File.ReadAllText(path);
        var begin = readme.IndexOf(OperationTableMarkdown.Begin, StringComparison.Ordinal) + OperationTableMarkdown.Begin.Length + 1;
        var end = readme.IndexOf(OperationTableMarkdown.End, StringComparison.Ordinal);
        var expected = OperationTableMarkdown.Render(OperationHandlers.Built);
        if (Environment.GetEnvironmentVariable("OBJECTSTORE_WRITE_README") == "1") File.WriteAllText(path, readme[..begin] + expected + readme[end..]);
        else readme[begin..end].ShouldBe(expected, "run this test with OBJECTSTORE_WRITE_README=1 to write the table");
    }

    [Fact]
    public void A_call_that_is_not_built_says_which_issue_builds_it_or_why_none_does()
    {
        foreach (var row in OperationTable.Rows.Where(row => !OperationHandlers.Built.Contains(row.SameAs ?? row.Name)))
            UnbuiltOperations.ReasonOf(row.Name).ShouldNotBeNull(row.Name.ToString());
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
