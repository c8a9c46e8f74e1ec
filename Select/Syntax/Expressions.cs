using ObjectStore.Select.Values;

namespace ObjectStore.Select.Syntax;

internal enum BinaryOperator
{
    Add, Subtract, Multiply, Divide, Modulo, Concatenate,
    Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual,
}

internal enum AggregateKind
{
    Count, Sum, Average, Min, Max,
}

internal enum DatePart
{
    Year, Month, Day, Hour, Minute, Second, TimezoneHour, TimezoneMinute,
}

internal enum TypeName
{
    Bool, Int, Float, Decimal, Text, Timestamp,
}

internal enum TrimSide
{
    Both, Leading, Trailing,
}

/// <summary>What was written. Every node knows how deep it is, because a deep tree is walked on the stack.</summary>
internal abstract record Expression
{
    /// <summary>Deepest tree that is accepted.</summary>
    public const int MaxDepth = 256;

    protected Expression(params ReadOnlySpan<Expression?> children)
    {
        foreach (var child in children) Depth = Math.Max(Depth, (child?.Depth ?? 0) + 1);
        if (Depth > MaxDepth) throw new SelectException(SelectErrorCode.ParseUnsupportedSyntax, "The SQL expression is nested too deeply.");
    }

    public int Depth { get; } = 1;
}

internal sealed record LiteralExpression(Value Value) : Expression;

/// <summary>One step of a path: a name, an index, or all of either.</summary>
internal sealed record PathStep(string? Name, bool IsExact, int Index, bool IsAll)
{
    public static PathStep OfName(string name, bool exact) => new(name, exact, 0, false);

    public static PathStep OfIndex(int index) => new(null, false, index, false);

    public static readonly PathStep AllElements = new(null, false, 0, true);

    public static readonly PathStep AllMembers = new("*", false, 0, true);
}

/// <summary>A column, an alias, or a path into the record; the first step is a name.</summary>
internal sealed record PathExpression(IReadOnlyList<PathStep> Steps) : Expression;

internal sealed record NegateExpression(Expression Operand) : Expression([Operand]);

internal sealed record NotExpression(Expression Operand) : Expression([Operand]);

internal sealed record BinaryExpression(BinaryOperator Operator, Expression Left, Expression Right) : Expression(Left, Right);

/// <summary>AND or OR of two or more.</summary>
internal sealed record LogicalExpression(bool IsAnd, IReadOnlyList<Expression> Operands) : Expression([.. Operands]);

internal sealed record BetweenExpression(Expression Operand, Expression Low, Expression High, bool IsNegated) : Expression(Operand, Low, High);

internal sealed record InExpression(Expression Operand, IReadOnlyList<Expression> Items, bool IsNegated) : Expression([Operand, .. Items]);

internal sealed record LikeExpression(Expression Operand, Expression Pattern, Expression? Escape, bool IsNegated) : Expression(Operand, Pattern, Escape);

internal sealed record IsExpression(Expression Operand, bool IsMissing, bool IsNegated) : Expression([Operand]);

/// <param name="Operand">Null for CASE WHEN condition.</param>
internal sealed record CaseExpression(Expression? Operand, IReadOnlyList<(Expression When, Expression Then)> Branches, Expression? Else)
    : Expression([Operand, Else, .. Branches.Select(branch => branch.When), .. Branches.Select(branch => branch.Then)]);

internal sealed record CastExpression(Expression Operand, TypeName Type) : Expression([Operand]);

/// <param name="Name">In capitals.</param>
internal sealed record CallExpression(string Name, IReadOnlyList<Expression> Arguments) : Expression([.. Arguments]);

internal sealed record TrimExpression(TrimSide Side, Expression? Characters, Expression Operand) : Expression(Characters, Operand);

internal sealed record ExtractExpression(DatePart Part, Expression Operand) : Expression([Operand]);

internal sealed record DateAddExpression(DatePart Part, Expression Amount, Expression Operand) : Expression(Amount, Operand);

internal sealed record DateDiffExpression(DatePart Part, Expression From, Expression To) : Expression(From, To);

/// <param name="Operand">Null for COUNT(*).</param>
internal sealed record AggregateExpression(AggregateKind Kind, Expression? Operand) : Expression([Operand]);

internal sealed record Projection(Expression Expression, string? Alias);

/// <param name="Projections">Empty for *.</param>
/// <param name="Path">The steps behind S3Object and its first [*].</param>
/// <param name="Limit">Null for all.</param>
internal sealed record SelectStatement(IReadOnlyList<Projection> Projections, IReadOnlyList<PathStep> Path, string? Alias, Expression? Where, long? Limit);
