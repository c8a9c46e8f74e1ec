namespace ObjectStore.Server.S3.Wire;

/// <summary>ETags: kept bare (<c>9b2cf5...-3</c>), quoted on the wire.</summary>
internal static class ETags
{
    public static string Quote(string bare) => string.Concat("\"", bare, "\"");

    /// <summary>Without white space, weakness mark and quotes, all of which clients add or leave out as they like.</summary>
    public static ReadOnlySpan<char> Bare(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.StartsWith("W/", StringComparison.Ordinal))
            text = text[2..];
        return text is ['"', .., '"'] ? text[1..^1] : text;
    }
}
