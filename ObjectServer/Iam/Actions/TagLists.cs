namespace ObjectStore.Server.Iam;

/// <summary>Answers of the calls that list tags.</summary>
internal static class TagLists
{
    public static Answer Of(QueryRequest request, IReadOnlyList<IdentityTag> tags)
    {
        var page = Paging.Of(request, tags.OrderBy(tag => tag.Key, StringComparer.Ordinal), tag => tag.Key, StringComparer.Ordinal);
        return Answer.Of(writer =>
        {
            writer.List("Tags", page.Items, tag => writer.Element("Key", tag.Key).Element("Value", tag.Value));
            page.WriteTail(writer);
        });
    }
}
