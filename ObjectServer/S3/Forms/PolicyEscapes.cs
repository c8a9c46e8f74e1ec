using System.Text;

namespace ObjectStore.Server.S3.Forms;

/// <summary>AWS lets a policy escape a dollar sign (\$) and a vertical tab (\v), which JSON does not know.</summary>
internal static class PolicyEscapes
{
    /// <summary>The same document as plain JSON.</summary>
    public static string Resolve(string text)
    {
        if (!text.Contains("\\$", StringComparison.Ordinal) && !text.Contains("\\v", StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                plain.Append(text[at]);
                continue;
            }
            // Two characters at a time, so that an escaped backslash escapes nothing.
            var escaped = text[++at];
            if (escaped == '$') plain.Append('$');
            else if (escaped == 'v') plain.Append("\\u000b");
            else plain.Append('\\').Append(escaped);
        }
        return plain.ToString();
    }
}
