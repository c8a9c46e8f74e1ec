namespace ObjectStore.Server.Policies.Language;

/// <summary>
/// Matches text against a pattern of literals, '*' (any run) and '?' (any one UTF-16 unit). What a character of the pattern means stands beside
/// it in <c>kinds</c>, so that a star which came out of a variable or an escape is only a star.
/// </summary>
/// <remarks>
/// No backtracking over earlier stars: the first place where a run between two stars fits is always as good as a later one.
/// Runs without '?' are found by the vectorised search of spans; the parser bounds the number of '?' in a document, and with it
/// what the worst pattern can cost.
/// </remarks>
internal static class Wildcards
{
    public const byte Literal = 0;
    public const byte One = 1;
    public const byte Run = 2;

    /// <param name="kinds">As long as the pattern.</param>
    public static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<byte> kinds, ReadOnlySpan<char> value, bool ignoreCase)
    {
        var star = kinds.IndexOf(Run);
        if (star < 0) return value.Length == pattern.Length && Fits(pattern, kinds, value, ignoreCase);
        if (value.Length < star || !Fits(pattern[..star], kinds[..star], value[..star], ignoreCase)) return false;

        var last = kinds.LastIndexOf(Run);
        var tail = pattern.Length - last - 1;
        value = value[star..];
        if (value.Length < tail || !Fits(pattern[(last + 1)..], kinds[(last + 1)..], value[^tail..], ignoreCase)) return false;
        return star == last || MatchMiddle(pattern[star..last], kinds[star..last], value[..^tail], ignoreCase);
    }

    /// <summary>Six segments between colons, each matched by itself, as ARNs are; the last one may contain colons. "*" matches everything.</summary>
    public static bool MatchArn(ReadOnlySpan<char> pattern, ReadOnlySpan<byte> kinds, ReadOnlySpan<char> value)
    {
        var wild = kinds.IndexOfAnyExcept(Literal);
        if (wild < 0) return value.SequenceEqual(pattern);
        if (pattern.Length == 1 && kinds[0] == Run) return true;
        if (!value.StartsWith(pattern[..wild])) return false;
        if (pattern[..wild].Count(':') >= ArnColons) return Match(pattern, kinds, value, ignoreCase: false);

        for (var segment = 0; segment < ArnColons; segment++)
        {
            var patternEnd = pattern.IndexOf(':');
            var valueEnd = value.IndexOf(':');
            if (patternEnd < 0 || valueEnd < 0) return false;
            if (!Match(pattern[..patternEnd], kinds[..patternEnd], value[..valueEnd], ignoreCase: false)) return false;
            pattern = pattern[(patternEnd + 1)..];
            kinds = kinds[(patternEnd + 1)..];
            value = value[(valueEnd + 1)..];
        }
        return Match(pattern, kinds, value, ignoreCase: false);
    }

    /// <summary>An ARN has this many colons before its resource.</summary>
    public const int ArnColons = 5;

    /// <summary>The runs between stars, in order, each at the first place where it fits. The pattern begins with a star.</summary>
    private static bool MatchMiddle(ReadOnlySpan<char> pattern, ReadOnlySpan<byte> kinds, ReadOnlySpan<char> value, bool ignoreCase)
    {
        while (!pattern.IsEmpty)
        {
            pattern = pattern[1..];
            kinds = kinds[1..];
            var end = kinds.IndexOf(Run);
            if (end < 0) end = kinds.Length;
            var at = Find(pattern[..end], kinds[..end], value, ignoreCase);
            if (at < 0) return false;
            value = value[(at + end)..];
            pattern = pattern[end..];
            kinds = kinds[end..];
        }
        return true;
    }

    private static int Find(ReadOnlySpan<char> run, ReadOnlySpan<byte> kinds, ReadOnlySpan<char> value, bool ignoreCase)
    {
        if (!kinds.Contains(One)) return value.IndexOf(run, ComparisonOf(ignoreCase));
        for (var at = 0; at + run.Length <= value.Length; at++)
        {
            if (Fits(run, kinds, value.Slice(at, run.Length), ignoreCase)) return at;
        }
        return -1;
    }

    /// <summary>Literals and '?' against as many characters.</summary>
    private static bool Fits(ReadOnlySpan<char> run, ReadOnlySpan<byte> kinds, ReadOnlySpan<char> value, bool ignoreCase)
    {
        while (true)
        {
            var one = kinds.IndexOf(One);
            if (one < 0) return value.Equals(run, ComparisonOf(ignoreCase));
            if (!value[..one].Equals(run[..one], ComparisonOf(ignoreCase))) return false;
            run = run[(one + 1)..];
            kinds = kinds[(one + 1)..];
            value = value[(one + 1)..];
        }
    }

    private static StringComparison ComparisonOf(bool ignoreCase) =>
        ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}
