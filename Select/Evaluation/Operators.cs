using ObjectStore.Select.Syntax;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

internal sealed class ArithmeticNode(BinaryOperator operation, Node left, Node right) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        left.Evaluate(row, out var first);
        right.Evaluate(row, out var second);
        value = first.IsAbsent || second.IsAbsent ? Value.Null : Numbers.Calculate(operation, Arguments.Number(first), Arguments.Number(second));
    }
}

internal sealed class NegateNode(Node operand) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out value);
        value = value.IsAbsent ? Value.Null : Numbers.Negate(Arguments.Number(value));
    }
}

internal sealed class ConcatenateNode(Node left, Node right) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        left.Evaluate(row, out var first);
        right.Evaluate(row, out var second);
        value = Value.Null;
        if (first.IsAbsent || second.IsAbsent) return;
        first = Casts.ToText(first, row.Scratch);
        second = Casts.ToText(second, row.Scratch);
        var room = row.Scratch.Reserve(first.Bytes.Length + second.Bytes.Length);
        first.Bytes.CopyTo(room);
        second.Bytes.CopyTo(room[first.Bytes.Length..]);
        value = row.Scratch.Take(room.Length);
    }
}

internal sealed class CompareNode(BinaryOperator comparison, Node left, Node right) : Predicate
{
    public override Truth Test(Row row)
    {
        left.Evaluate(row, out var first);
        right.Evaluate(row, out var second);
        if (first.IsAbsent || second.IsAbsent) return Truth.Unknown;
        if (comparison is BinaryOperator.Equal or BinaryOperator.NotEqual) return Of(AreEqual(first, second) == (comparison == BinaryOperator.Equal));
        if (!Comparison.TryCompare(first, second, out var order)) return Truth.Unknown;
        return Of(comparison switch
        {
            BinaryOperator.Less => order < 0,
            BinaryOperator.LessOrEqual => order <= 0,
            BinaryOperator.Greater => order > 0,
            _ => order >= 0,
        });
    }

    /// <summary>Both are present.</summary>
    public static bool AreEqual(in Value left, in Value right) => left.Kind == ValueKind.Text && right.Kind == ValueKind.Text
        ? left.Bytes.SequenceEqual(right.Bytes)
        : Comparison.TryCompare(left, right, out var order) && order == 0;
}

internal sealed class NotNode(Node operand) : Predicate
{
    public override Truth Test(Row row) => Not(operand.Test(row));
}

internal sealed class LogicalNode(bool isAnd, Node[] operands) : Predicate
{
    public override Truth Test(Row row)
    {
        var decisive = isAnd ? Truth.False : Truth.True;
        var result = isAnd ? Truth.True : Truth.False;
        foreach (var operand in operands)
        {
            var truth = operand.Test(row);
            if (truth == decisive) return decisive;
            if (truth == Truth.Unknown) result = Truth.Unknown;
        }

        return result;
    }
}

internal sealed class BetweenNode(Node operand, Node low, Node high, bool isNegated) : Predicate
{
    public override Truth Test(Row row)
    {
        operand.Evaluate(row, out var value);
        low.Evaluate(row, out var least);
        high.Evaluate(row, out var most);
        // As value >= low AND value <= high: one that is false decides.
        var above = Reaches(value, least);
        var below = Reaches(most, value);
        var result = above == Truth.False || below == Truth.False ? Truth.False : above == Truth.True && below == Truth.True ? Truth.True : Truth.Unknown;
        return isNegated ? Not(result) : result;
    }

    private static Truth Reaches(in Value value, in Value least)
    {
        if (value.IsAbsent || least.IsAbsent || !Comparison.TryCompare(value, least, out var order)) return Truth.Unknown;
        return Of(order >= 0);
    }
}

internal sealed class InNode(Node operand, Node[] items, bool isNegated) : Predicate
{
    public override Truth Test(Row row)
    {
        operand.Evaluate(row, out var value);
        if (value.IsAbsent) return Truth.Unknown;
        var result = Truth.False;
        foreach (var item in items)
        {
            item.Evaluate(row, out var candidate);
            if (candidate.IsAbsent)
            {
                result = Truth.Unknown;
                continue;
            }

            if (!CompareNode.AreEqual(value, candidate)) continue;
            result = Truth.True;
            break;
        }

        return isNegated ? Not(result) : result;
    }
}

internal sealed class IsNode(Node operand, bool isMissing, bool isNegated) : Predicate
{
    public override Truth Test(Row row)
    {
        operand.Evaluate(row, out var value);
        return Of((isMissing ? value.Kind == ValueKind.Missing : value.IsAbsent) != isNegated);
    }
}

/// <summary>CASE; with an operand, the conditions have been made comparisons with it.</summary>
internal sealed class CaseNode((Node When, Node Then)[] branches, Node? otherwise) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        foreach (var (when, then) in branches)
        {
            if (when.Test(row) != Truth.True) continue;
            then.Evaluate(row, out value);
            return;
        }

        value = Value.Null;
        otherwise?.Evaluate(row, out value);
    }
}

internal sealed class CastNode(TypeName type, Node operand) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out value);
        value = Casts.Cast(value, type, row.Scratch);
    }
}

/// <summary>What a function or operator takes.</summary>
internal static class Arguments
{
    /// <exception cref="SelectException">CastFailed for a field of CSV that is no number, else IncorrectSqlFunctionArgumentType.</exception>
    public static Value Number(in Value value)
    {
        if (Numbers.TryGet(value, out var number)) return number;
        throw value.IsUntyped
            ? new SelectException(SelectErrorCode.CastFailed, "A field of the record is no number, but the SQL expression calculates with it.")
            : new SelectException(SelectErrorCode.IncorrectSqlFunctionArgumentType, "The SQL expression calculates with a value that is no number.");
    }

    public static long Int(in Value value) => Number(value) is { Kind: ValueKind.Int } number
        ? number.Int
        : throw new SelectException(SelectErrorCode.IncorrectSqlFunctionArgumentType, "A function in the SQL expression takes an integer.");

    public static ReadOnlySpan<byte> Text(scoped in Value value) => value.Kind == ValueKind.Text
        ? value.Bytes
        : throw new SelectException(SelectErrorCode.IncorrectSqlFunctionArgumentType, "A function in the SQL expression takes a text.");

    public static Timestamp Timestamp(in Value value)
    {
        if (value.Kind == ValueKind.Timestamp) return value.Timestamp;
        throw new SelectException(SelectErrorCode.IncorrectSqlFunctionArgumentType, "A function in the SQL expression takes a timestamp.");
    }
}
