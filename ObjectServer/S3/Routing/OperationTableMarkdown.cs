using System.Text;

namespace ObjectStore.Server.S3.Routing;

/// <summary>Renders the operation table for the README, which a test holds to it.</summary>
internal static class OperationTableMarkdown
{
    public const string Begin = "<!-- operations:begin -->";
    public const string End = "<!-- operations:end -->";

    /// <param name="built">Calls that have a handler.</param>
    public static string Render(IReadOnlySet<S3OperationName> built)
    {
        var rows = OperationTable.Rows.OrderBy(row => row.Level).ThenBy(row => row.Name.ToString(), StringComparer.Ordinal).ToArray();
        var text = new StringBuilder()
            .Append($"{rows.Count(row => IsBuilt(row, built))} of {rows.Length} are built.\n\n")
            .Append("| operation | request | IAM action | |\n| --- | --- | --- | --- |\n");
        foreach (var row in rows)
        {
            text.Append($"| {row.Name} | {Request(row)} | {Action(row)} | {(IsBuilt(row, built) ? "built" : UnbuiltOperations.ReasonOf(row.Name))} |\n");
        }
        return text.ToString();
    }

    private static bool IsBuilt(OperationRow row, IReadOnlySet<S3OperationName> built) => built.Contains(row.SameAs ?? row.Name);

    private static string Request(OperationRow row)
    {
        var path = row.Level switch
        {
            ResourceLevel.Service => "/",
            ResourceLevel.Account => S3Control.PublicAccessBlockPath,
            ResourceLevel.Bucket when row.Selectors?.Contains(SelectorSet.ResourceTags) == true => S3Control.TagsPath + "arn",
            ResourceLevel.Bucket => "/bucket",
            _ => "/bucket/key",
        };
        var selectors = (row.Selectors ?? []).Where(selector => selector != SelectorSet.ResourceTags).ToArray();
        var query = string.Join('&', selectors.Where(selector => selector[0] != '@'));
        var headers = string.Concat(selectors.Where(selector => selector[0] == '@').Select(selector => $", `{selector[1..]}`"));
        return $"`{row.Method.ToString().ToUpperInvariant()} {path}{(query.Length > 0 ? "?" + query : "")}`{headers}";
    }

    private static string Action(OperationRow row) =>
        row.Action is null ? "" : $"`{row.Action}`{(row.Version is null ? "" : $", `{row.Version}`")}";
}
