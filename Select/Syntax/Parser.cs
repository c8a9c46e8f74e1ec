using System.Globalization;
using System.Text;

namespace ObjectStore.Select.Syntax;

/// <summary>
/// Reads one SELECT statement by recursive descent. Precedence, loosest first: OR, AND, NOT, comparisons (with LIKE, BETWEEN,
/// IN and IS; from left to right), ||, + and -, * / and %, signs, paths.
/// Source: S3 User Guide, "SQL reference for Amazon S3 Select".
/// </summary>
internal sealed partial class Parser
{
    /// <summary>Longest expression, in bytes of UTF-8. Source: S3 User Guide, "Requirements and limits".</summary>
    public const int MaxExpressionBytes = 256 * 1024;

    // A level takes about ten frames of the stack.
    private const int MaxNesting = 100;

    // Bare words that end an expression, so that they are never names.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "SELECT", "FROM", "WHERE", "LIMIT", "AND", "OR", "NOT", "LIKE", "ESCAPE", "BETWEEN", "IN", "IS", "CASE", "WHEN", "THEN", "ELSE", "END", "AS", "CAST",
        "NULL", "MISSING", "TRUE", "FALSE", "GROUP", "ORDER", "HAVING", "JOIN", "UNION", "DISTINCT", "OFFSET", "BY", "ON", "EXISTS", "INSERT", "UPDATE", "DELETE",
    };

    private readonly List<Token> _tokens;
    private int _at;
    private int _nesting;

    private Parser(List<Token> tokens) => _tokens = tokens;

    private Token Current => Next(0);

    /// <exception cref="SelectException">The expression is no statement of the language.</exception>
    public static SelectStatement Parse(string expression)
    {
        if (Encoding.UTF8.GetByteCount(expression) > MaxExpressionBytes) throw new SelectException(SelectErrorCode.ExpressionTooLong);
        return new Parser(Lexer.Read(expression)).Statement();
    }

    private SelectStatement Statement()
    {
        if (!TakeWord("SELECT")) throw Error(SelectErrorCode.ParseUnsupportedSelect);
        if (Current.Is("DISTINCT")) throw Error(SelectErrorCode.UnsupportedSyntax);
        var projections = Projections();
        if (!TakeWord("FROM")) throw Error(Current.Kind == TokenKind.End ? SelectErrorCode.ParseSelectMissingFrom : SelectErrorCode.ParseUnexpectedToken);
        var path = Source();
        var alias = Alias();
        var where = TakeWord("WHERE") ? Expression() : null;
        var limit = TakeWord("LIMIT") ? Limit() : (long?)null;
        TakeSymbol(";");
        if (Current.Kind != TokenKind.End) throw Error(Behind());
        return new SelectStatement(projections, path, alias, where, limit);
    }

    private SelectErrorCode Behind()
    {
        if (Current.Is("GROUP") || Current.Is("HAVING")) return SelectErrorCode.ParseUnsupportedLiteralsGroupBy;
        if (Current.Is("JOIN") || Current.Is("ON") || Current.IsSymbol(",")) return SelectErrorCode.ParseMalformedJoin;
        if (Current.Is("ORDER") || Current.Is("UNION") || Current.Is("OFFSET")) return SelectErrorCode.UnsupportedSyntax;
        return Current.Kind switch
        {
            TokenKind.Word when Reserved.Contains(Current.Text) => SelectErrorCode.ParseUnexpectedKeyword,
            TokenKind.Symbol => SelectErrorCode.ParseUnexpectedOperator,
            _ => SelectErrorCode.ParseUnexpectedTerm,
        };
    }

    // An asterisk, or alias.*, alone is the whole record: no projections.
    private List<Projection> Projections()
    {
        if (Current.Is("FROM") || Current.Kind == TokenKind.End) throw Error(SelectErrorCode.ParseEmptySelect);
        var projections = new List<Projection>();
        var star = false;
        do
        {
            if (TakeSymbol("*"))
            {
                star = true;
            }
            else if (Current.Kind is TokenKind.Word or TokenKind.QuotedName && Next(1).IsSymbol(".") && Next(2).IsSymbol("*"))
            {
                _at += 3;
                star = true;
            }
            else
            {
                var expression = Expression();
                projections.Add(new Projection(expression, Alias()));
            }

            if (star && (projections.Count > 0 || Current.IsSymbol(","))) throw Error(SelectErrorCode.ParseAsteriskIsNotAloneInSelectList);
        }
        while (TakeSymbol(","));

        return projections;
    }

    private Token Next(int ahead) => _tokens[Math.Min(_at + ahead, _tokens.Count - 1)];

    // S3Object[*].a[*].b; stdin is another name of it that ceph/s3-tests uses.
    private List<PathStep> Source()
    {
        if (!TakeWord("S3OBJECT") && !TakeWord("STDIN")) throw Error(SelectErrorCode.InvalidDataSource, "FROM must name S3Object.");
        var steps = new List<PathStep>();
        while (true)
        {
            if (TakeSymbol("."))
            {
                steps.Add(TakeSymbol("*") ? PathStep.AllMembers : Member());
            }
            else if (TakeSymbol("["))
            {
                steps.Add(TakeSymbol("*") ? PathStep.AllElements : Element());
                ExpectSymbol("]", SelectErrorCode.ParseInvalidPathComponent);
            }
            else
            {
                break;
            }
        }

        // The object is an array of its root values.
        if (steps.Count > 0 && steps[0] == PathStep.AllElements) steps.RemoveAt(0);
        else if (steps.Count > 0 && steps[0].Name is null) throw Error(SelectErrorCode.ParseInvalidPathComponent);
        return steps;
    }

    private string? Alias()
    {
        if (TakeWord("AS"))
        {
            if (Current.Kind is not (TokenKind.Word or TokenKind.QuotedName) || IsReserved(Current)) throw Error(SelectErrorCode.ParseExpectedIdentForAlias);
            return Take().Text;
        }

        if (Current.Kind is not (TokenKind.Word or TokenKind.QuotedName) || IsReserved(Current)) return null;
        return Take().Text;
    }

    private long Limit()
    {
        var negative = TakeSymbol("-");
        if (Current.Kind != TokenKind.Number || !long.TryParse(Current.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
            throw Error(SelectErrorCode.ParseExpectedNumber);
        _at++;
        return negative && limit > 0 ? throw new SelectException(SelectErrorCode.EvaluatorNegativeLimit) : limit;
    }

    private static bool IsReserved(Token token) => token.Kind == TokenKind.Word && Reserved.Contains(token.Text);

    // The end is never passed.
    private Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End) _at++;
        return token;
    }

    private bool TakeWord(string word)
    {
        if (!Current.Is(word)) return false;
        _at++;
        return true;
    }

    private bool TakeSymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol)) return false;
        _at++;
        return true;
    }

    private void ExpectWord(string word)
    {
        if (!TakeWord(word)) throw Error(SelectErrorCode.ParseExpectedKeyword, $"The keyword {word} was expected at position {Current.Position} of the SQL expression.");
    }

    private void ExpectSymbol(string symbol, SelectErrorCode code)
    {
        if (!TakeSymbol(symbol)) throw Error(code);
    }

    private SelectException Error(SelectErrorCode code, string? message = null) =>
        new(code, message ?? $"{SelectErrorTable.Row(code).Text[..^1]} at position {Current.Position}.");
}
