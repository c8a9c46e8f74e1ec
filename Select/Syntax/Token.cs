namespace ObjectStore.Select.Syntax;

internal enum TokenKind
{
    End,

    /// <summary>A bare word: a keyword or a name, in any case.</summary>
    Word,

    /// <summary>A name in double quotes.</summary>
    QuotedName,
    Text,
    Number,

    /// <summary>A literal of Ion in backticks.</summary>
    Ion,
    Symbol,
}

/// <param name="Text">The word, the name or text without quotes, the number, or the symbol.</param>
/// <param name="Position">Index of its first character in the expression.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Position)
{
    public bool Is(string word) => Kind == TokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;
}
