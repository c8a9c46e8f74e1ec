namespace ObjectStore.Select.Syntax;

/// <summary>Cuts an expression into tokens.</summary>
internal static class Lexer
{
    private static readonly string[] Symbols =
        ["||", "!=", "<>", "<=", ">=", "+", "-", "*", "/", "%", "=", "<", ">", "(", ")", "[", "]", ",", ".", ";"];

    /// <exception cref="SelectException">A character or a literal is none of the language's.</exception>
    public static List<Token> Read(string expression)
    {
        var tokens = new List<Token>();
        var at = 0;
        while (true)
        {
            while (at < expression.Length && char.IsWhiteSpace(expression[at])) at++;
            if (at == expression.Length) break;
            tokens.Add(Next(expression, ref at));
        }

        tokens.Add(new Token(TokenKind.End, "", at));
        return tokens;
    }

    private static Token Next(string expression, ref int at)
    {
        var start = at;
        var first = expression[at];
        if (char.IsLetter(first) || first is '_' or '$') return Word(expression, ref at);
        if (char.IsAsciiDigit(first) || (first == '.' && at + 1 < expression.Length && char.IsAsciiDigit(expression[at + 1])))
            return Number(expression, ref at);
        switch (first)
        {
            case '\'':
                return new Token(TokenKind.Text, Quoted(expression, ref at), start);
            case '"':
                return new Token(TokenKind.QuotedName, Quoted(expression, ref at), start);
            case '`':
                return new Token(TokenKind.Ion, Quoted(expression, ref at), start);
        }

        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(expression, at, symbol, 0, symbol.Length) != 0) continue;
            at += symbol.Length;
            return new Token(TokenKind.Symbol, symbol, start);
        }

        throw first is '!' or '|' or '&' or '^' or '~'
            ? new SelectException(SelectErrorCode.LexerInvalidOperator, $"The SQL expression has an operator that is not valid at position {start}.")
            : new SelectException(SelectErrorCode.LexerInvalidChar, $"The SQL expression has a character that is not valid at position {start}.");
    }

    private static Token Word(string expression, ref int at)
    {
        var start = at;
        while (at < expression.Length && (char.IsLetterOrDigit(expression[at]) || expression[at] is '_' or '$')) at++;
        return new Token(TokenKind.Word, expression[start..at], start);
    }

    private static Token Number(string expression, ref int at)
    {
        var start = at;
        Digits(expression, ref at);
        if (at < expression.Length && expression[at] == '.')
        {
            at++;
            Digits(expression, ref at);
        }

        if (at < expression.Length && expression[at] is 'e' or 'E')
        {
            at++;
            if (at < expression.Length && expression[at] is '+' or '-') at++;
            var exponent = at;
            Digits(expression, ref at);
            if (at == exponent) throw Invalid(start);
        }

        if (at < expression.Length && (char.IsLetter(expression[at]) || expression[at] == '_')) throw Invalid(start);
        return new Token(TokenKind.Number, expression[start..at], start);
    }

    private static void Digits(string expression, ref int at)
    {
        while (at < expression.Length && char.IsAsciiDigit(expression[at])) at++;
    }

    // The quote inside is written twice.
    private static string Quoted(string expression, ref int at)
    {
        var start = at;
        var quote = expression[at];
        while (true)
        {
            var end = expression.IndexOf(quote, at + 1);
            if (end < 0) throw Invalid(start);
            at = end + 1;
            if (at == expression.Length || expression[at] != quote) break;
        }

        var twice = new string(quote, 2);
        return expression[(start + 1)..(at - 1)].Replace(twice, quote.ToString(), StringComparison.Ordinal);
    }

    private static SelectException Invalid(int position) =>
        new(SelectErrorCode.LexerInvalidLiteral, $"The SQL expression has a literal that is not valid at position {position}.");
}
