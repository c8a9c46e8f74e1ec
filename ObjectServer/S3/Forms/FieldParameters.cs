namespace ObjectStore.Server.S3.Forms;

/// <summary>
/// The parameters behind the first word of a header: ; name="value"; name=value. Backslashes are kept, as some browsers send
/// whole paths of Windows in them; only before a quotation mark they escape it.
/// </summary>
internal readonly struct FieldParameters
{
    private readonly List<KeyValuePair<string, string>> _parameters;

    private FieldParameters(List<KeyValuePair<string, string>> parameters) => _parameters = parameters;

    /// <param name="text">From the first ';' on.</param>
    public static FieldParameters Parse(ReadOnlySpan<char> text)
    {
        var parameters = new List<KeyValuePair<string, string>>();
        while (true)
        {
            var start = text.IndexOf(';');
            if (start < 0) return new FieldParameters(parameters);
            text = text[(start + 1)..].TrimStart();
            var end = text.IndexOfAny('=', ';');
            if (end < 0) return new FieldParameters(parameters);
            if (text[end] == ';')
            {
                text = text[end..];
                continue;
            }
            var name = text[..end].Trim().ToString();
            text = text[(end + 1)..].TrimStart();
            parameters.Add(KeyValuePair.Create(name, TakeValue(ref text)));
        }
    }

    /// <summary>The first of that name, in any case; null if there is none.</summary>
    public string? Find(string name)
    {
        foreach (var parameter in _parameters)
        {
            if (parameter.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return parameter.Value;
        }
        return null;
    }

    private static string TakeValue(ref ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] != '"')
        {
            var end = text.IndexOf(';');
            var plain = (end < 0 ? text : text[..end]).Trim().ToString();
            text = end < 0 ? default : text[end..];
            return plain;
        }
        var quoted = new System.Text.StringBuilder();
        var at = 1;
        while (at < text.Length && text[at] != '"')
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] == '"') at++;
            quoted.Append(text[at++]);
        }
        text = at < text.Length ? text[(at + 1)..] : default;
        return quoted.ToString();
    }
}
