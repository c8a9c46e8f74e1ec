namespace ObjectStore.Server.Iam;

/// <summary>Pages of lists: Marker, MaxItems, IsTruncated. The marker is the last name of the page before.</summary>
internal static class Paging
{
    private const int DefaultItems = 100;
    private const int MaxItems = 1000;

    /// <param name="items">In the order of <paramref name="comparer"/> over their names.</param>
    public static Page<T> Of<T>(QueryRequest request, IEnumerable<T> items, Func<T, string> nameOf, StringComparer? comparer = null)
    {
        var count = request.Number("MaxItems") ?? DefaultItems;
        if (count is < 1 or > MaxItems)
        {
            throw QueryErrors.Validation(
                $"1 validation error detected: Value '{count}' at 'maxItems' failed to satisfy constraint: Member must have value between 1 and {MaxItems}");
        }
        comparer ??= StringComparer.OrdinalIgnoreCase;
        var marker = request["Marker"];
        var rest = marker is null ? items : items.Where(item => comparer.Compare(nameOf(item), marker) > 0);
        List<T> page = [.. rest.Take(count + 1)];
        if (page.Count <= count) return new Page<T>(page, null);
        page.RemoveAt(count);
        return new Page<T>(page, nameOf(page[^1]));
    }
}

/// <param name="Marker">Where the next page begins; null on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Marker)
{
    public void WriteTail(AnswerWriter writer) => writer.Element("IsTruncated", Marker is not null).Element("Marker", Marker);
}
