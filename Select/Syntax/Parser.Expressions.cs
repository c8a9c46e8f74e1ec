using System.Globalization;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Syntax;

/// <summary>Expressions with operators.</summary>
internal sealed partial class Parser
{
    private Expression Expression()
    {
        if (++_nesting > MaxNesting) throw Error(SelectErrorCode.ParseUnsupportedSyntax, "The SQL expression is nested too deeply.");
        var expression = Or();
        _nesting--;
        return expression;
    }

    private Expression Or()
    {
        var first = And();
        if (!Current.Is("OR")) return first;
        var operands = new List<Expression> { first };
        while (TakeWord("OR")) operands.Add(And());
        return new LogicalExpression(false, operands);
    }

    private Expression And()
    {
        var first = Not();
        if (!Current.Is("AND")) return first;
        var operands = new List<Expression> { first };
        while (TakeWord("AND")) operands.Add(Not());
        return new LogicalExpression(true, operands);
    }

    private Expression Not()
    {
        var negated = 0;
        while (TakeWord("NOT")) negated++;
        var operand = Comparison();
        // An even number is not the operand itself: NOT makes a boolean of it.
        for (; negated > 0; negated = negated > 2 ? negated - 2 : negated - 1) operand = new NotExpression(operand);
        return operand;
    }

    private Expression Comparison()
    {
        var left = Concatenation();
        while (true)
        {
            if (ComparisonOperator() is { } comparison)
            {
                left = new BinaryExpression(comparison, left, Concatenation());
                continue;
            }

            if (TakeWord("IS"))
            {
                var isNot = TakeWord("NOT");
                if (!Current.Is("NULL") && !Current.Is("MISSING")) throw Error(SelectErrorCode.ParseExpectedKeyword);
                left = new IsExpression(left, Take().Is("MISSING"), isNot);
                continue;
            }

            var negated = Current.Is("NOT") && (Next(1).Is("LIKE") || Next(1).Is("BETWEEN") || Next(1).Is("IN"));
            if (negated) _at++;
            if (TakeWord("LIKE")) left = Like(left, negated);
            else if (TakeWord("BETWEEN")) left = Between(left, negated);
            else if (TakeWord("IN")) left = In(left, negated);
            else return left;
        }
    }

    private BinaryOperator? ComparisonOperator()
    {
        BinaryOperator? found = Current.Kind != TokenKind.Symbol ? null : Current.Text switch
        {
            "=" => BinaryOperator.Equal,
            "!=" or "<>" => BinaryOperator.NotEqual,
            "<" => BinaryOperator.Less,
            "<=" => BinaryOperator.LessOrEqual,
            ">" => BinaryOperator.Greater,
            ">=" => BinaryOperator.GreaterOrEqual,
            _ => null,
        };
        if (found is not null) _at++;
        return found;
    }

    private LikeExpression Like(Expression operand, bool negated)
    {
        var pattern = Concatenation();
        return new LikeExpression(operand, pattern, TakeWord("ESCAPE") ? Concatenation() : null, negated);
    }

    private BetweenExpression Between(Expression operand, bool negated)
    {
        var low = Concatenation();
        ExpectWord("AND");
        return new BetweenExpression(operand, low, Concatenation(), negated);
    }

    private InExpression In(Expression operand, bool negated)
    {
        ExpectSymbol("(", SelectErrorCode.ParseExpectedTokenType);
        var items = new List<Expression> { Expression() };
        while (TakeSymbol(",")) items.Add(Expression());
        ExpectSymbol(")", SelectErrorCode.ParseExpectedTokenType);
        return new InExpression(operand, items, negated);
    }

    private Expression Concatenation()
    {
        var left = Sum();
        while (TakeSymbol("||")) left = new BinaryExpression(BinaryOperator.Concatenate, left, Sum());
        return left;
    }

    private Expression Sum()
    {
        var left = Product();
        while (true)
        {
            if (TakeSymbol("+")) left = new BinaryExpression(BinaryOperator.Add, left, Product());
            else if (TakeSymbol("-")) left = new BinaryExpression(BinaryOperator.Subtract, left, Product());
            else return left;
        }
    }

    private Expression Product()
    {
        var left = Sign();
        while (true)
        {
            if (TakeSymbol("*")) left = new BinaryExpression(BinaryOperator.Multiply, left, Sign());
            else if (TakeSymbol("/")) left = new BinaryExpression(BinaryOperator.Divide, left, Sign());
            else if (TakeSymbol("%")) left = new BinaryExpression(BinaryOperator.Modulo, left, Sign());
            else return left;
        }
    }

    private Expression Sign()
    {
        var negated = false;
        while (Current.IsSymbol("-") || Current.IsSymbol("+"))
        {
            if (!TakeSymbol("-"))
            {
                _at++;
                continue;
            }

            // The least integer has no positive counterpart.
            if (Current.Kind == TokenKind.Number)
            {
                var number = Number("-" + Take().Text);
                return negated ? new NegateExpression(number) : number;
            }

            negated = !negated;
        }

        var operand = Primary();
        return negated ? new NegateExpression(operand) : operand;
    }

    private LiteralExpression Number(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)) return new LiteralExpression(Value.OfInt(integer));
        if (!text.Contains('e', StringComparison.OrdinalIgnoreCase)
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
        {
            return new LiteralExpression(Value.OfDecimal(exact));
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            ? new LiteralExpression(Value.OfFloat(real))
            : throw Error(SelectErrorCode.LexerInvalidLiteral);
    }
}
