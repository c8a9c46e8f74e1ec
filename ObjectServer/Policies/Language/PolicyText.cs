using System.Buffers;

namespace ObjectStore.Server.Policies.Language;

internal enum TextMatch
{
    Exact,
    IgnoreCase,

    /// <summary>Segment by segment.</summary>
    Arn,
}

/// <summary>
/// A compiled string of a policy: literals, wildcards where the element takes them, and variables that are filled in from each request. What a
/// variable brings in is literal, whatever characters it has.
/// </summary>
internal sealed class PolicyText
{
    private readonly string _text;
    private readonly byte[]? _kinds;
    private readonly Variable[] _variables;

    /// <param name="text">Variables left out.</param>
    /// <param name="kinds">Of <see cref="Wildcards"/>, one for each character; null if all are literal.</param>
    /// <param name="variables">In the order of their places.</param>
    internal PolicyText(string text, byte[]? kinds, Variable[] variables)
    {
        _text = text;
        _kinds = kinds;
        _variables = variables;
    }

    /// <summary>A variable, to be inserted before the character at this position.</summary>
    /// <param name="Default">In its place if the request has no such key; null if there is none.</param>
    internal readonly record struct Variable(int Position, ConditionKey Key, string? Default);

    public bool HasWildcards => _kinds is not null;

    public bool HasVariables => _variables.Length > 0;

    /// <summary>The '?' in it.</summary>
    public int SingleWildcards => _kinds?.AsSpan().Count(Wildcards.One) ?? 0;

    /// <summary>The pattern as characters, wildcards as they are written, variables left out.</summary>
    public string Text => _text;

    /// <summary>What the characters of <see cref="Text"/> mean; empty if all are literal.</summary>
    public ReadOnlySpan<byte> Kinds => _kinds;

    /// <summary>How many colons stand before the first variable.</summary>
    public int ColonsBeforeVariables => CountBeforeVariables(':');

    /// <summary>How many slashes stand before the first variable.</summary>
    public int SlashesBeforeVariables => CountBeforeVariables('/');

    /// <param name="unresolved">The answer if a variable has no value, or several.</param>
    public bool Matches(ReadOnlySpan<char> value, IConditionContext context, TextMatch match, bool unresolved)
    {
        if (HasVariables) return MatchesExpanded(value, context, match, unresolved);
        return _kinds is null ? EqualsLiteral(value, match) : MatchesPattern(_text, _kinds, value, match);
    }

    /// <summary>For text that is known to have no variables, such as an action.</summary>
    public bool Matches(ReadOnlySpan<char> value, TextMatch match) =>
        _kinds is null ? EqualsLiteral(value, match) : MatchesPattern(_text, _kinds, value, match);

    private int CountBeforeVariables(char character) =>
        HasVariables ? _text.AsSpan(0, _variables[0].Position).Count(character) : int.MaxValue;

    private bool EqualsLiteral(ReadOnlySpan<char> value, TextMatch match) =>
        value.Equals(_text, match == TextMatch.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static bool MatchesPattern(ReadOnlySpan<char> text, ReadOnlySpan<byte> kinds, ReadOnlySpan<char> value, TextMatch match) =>
        match == TextMatch.Arn
            ? Wildcards.MatchArn(text, kinds, value)
            : Wildcards.Match(text, kinds, value, match == TextMatch.IgnoreCase);

    private bool MatchesExpanded(ReadOnlySpan<char> value, IConditionContext context, TextMatch match, bool unresolved)
    {
        var values = new string[_variables.Length];
        var length = _text.Length;
        for (var index = 0; index < values.Length; index++)
        {
            var found = context.GetValues(_variables[index].Key);
            if (found.Count > 1) return unresolved;
            if ((found.Count == 1 ? found[0] : _variables[index].Default) is not { } text) return unresolved;
            values[index] = text;
            length += text.Length;
        }

        var chars = ArrayPool<char>.Shared.Rent(length);
        var kinds = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Expand(values, chars, kinds.AsSpan(0, length));
            return MatchesPattern(chars.AsSpan(0, length), kinds.AsSpan(0, length), value, match);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
            ArrayPool<byte>.Shared.Return(kinds);
        }
    }

    private void Expand(string[] values, Span<char> chars, Span<byte> kinds)
    {
        kinds.Clear();
        var read = 0;
        var write = 0;
        for (var index = 0; index <= values.Length; index++)
        {
            var end = index < values.Length ? _variables[index].Position : _text.Length;
            _text.AsSpan(read, end - read).CopyTo(chars[write..]);
            _kinds?.AsSpan(read, end - read).CopyTo(kinds[write..]);
            write += end - read;
            read = end;
            if (index == values.Length) break;
            values[index].CopyTo(chars[write..]);
            write += values[index].Length;
        }
    }
}
