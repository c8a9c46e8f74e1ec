using System.Text;

namespace ObjectStore.Server.Policies.Language;

/// <summary>
/// Makes a <see cref="PolicyText"/> of a string as the policy has it. Variables are ${key} or ${key, 'default'}; ${*}, ${?} and ${$} are these
/// characters themselves. Only version 2012-10-17 has variables; in the older one the same characters are literal.
/// </summary>
internal static class PolicyTextCompiler
{
    private const int MaxVariables = 64;

    /// <summary>Null if a variable is malformed, or there are too many of them.</summary>
    public static PolicyText? Compile(string source, bool wildcards, bool variables)
    {
        if (!variables || !source.Contains("${", StringComparison.Ordinal)) return Plain(source, wildcards);

        var text = new StringBuilder(source.Length);
        var kinds = new List<byte>(source.Length);
        var found = new List<PolicyText.Variable>();
        for (var at = 0; at < source.Length; at++)
        {
            if (source[at] != '$' || at + 1 == source.Length || source[at + 1] != '{')
            {
                text.Append(source[at]);
                kinds.Add(KindOf(source[at], wildcards));
                continue;
            }

            var end = EndOf(source, at + 2);
            if (end < 0 || found.Count == MaxVariables) return null;
            var name = source.AsSpan(at + 2, end - at - 2);
            at = end;
            if (name is "*" or "?" or "$")
            {
                text.Append(name);
                kinds.Add(Wildcards.Literal);
            }
            else if (ParseVariable(name, text.Length) is { } variable)
            {
                found.Add(variable);
            }
            else
            {
                return null;
            }
        }

        var any = kinds.Exists(kind => kind != Wildcards.Literal);
        return new PolicyText(text.ToString(), any ? [.. kinds] : null, [.. found]);
    }

    private static PolicyText Plain(string source, bool wildcards)
    {
        if (!wildcards || source.AsSpan().IndexOfAny('*', '?') < 0) return new PolicyText(source, null, []);
        var kinds = new byte[source.Length];
        for (var at = 0; at < kinds.Length; at++) kinds[at] = KindOf(source[at], wildcards);
        return new PolicyText(source, kinds, []);
    }

    private static byte KindOf(char character, bool wildcards) => character switch
    {
        '*' when wildcards => Wildcards.Run,
        '?' when wildcards => Wildcards.One,
        _ => Wildcards.Literal,
    };

    /// <summary>The closing brace; one within a quoted default is part of that.</summary>
    private static int EndOf(string source, int from)
    {
        var quoted = false;
        for (var at = from; at < source.Length; at++)
        {
            if (source[at] == '\'') quoted = !quoted;
            else if (source[at] == '}' && !quoted) return at;
        }
        return -1;
    }

    private static PolicyText.Variable? ParseVariable(ReadOnlySpan<char> name, int position)
    {
        string? byDefault = null;
        var comma = name.IndexOf(',');
        if (comma >= 0)
        {
            var rest = name[(comma + 1)..].Trim(' ');
            if (rest.Length < 2 || rest[0] != '\'' || rest[^1] != '\'') return null;
            byDefault = rest[1..^1].ToString();
            if (byDefault.Contains('\'', StringComparison.Ordinal)) return null;
            name = name[..comma].TrimEnd(' ');
        }
        return ConditionKey.IsValid(name) ? new PolicyText.Variable(position, new ConditionKey(name.ToString()), byDefault) : null;
    }
}
