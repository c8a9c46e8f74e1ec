using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

/// <summary>The three truth values of SQL.</summary>
internal enum Truth : byte
{
    False, True, Unknown,
}

/// <summary>An expression that is bound to the record's shape. It holds state of one query and is not shared between queries.</summary>
internal abstract class Node
{
    public abstract void Evaluate(Row row, out Value value);

    /// <summary>The value as a condition.</summary>
    /// <exception cref="SelectException">It is no boolean.</exception>
    public virtual Truth Test(Row row)
    {
        Evaluate(row, out var value);
        if (value.IsAbsent) return Truth.Unknown;
        if (value.Kind == ValueKind.Bool) return value.Bool ? Truth.True : Truth.False;
        if (value.IsUntyped && Casts.TryParseBool(value.Bytes, out var truth)) return truth ? Truth.True : Truth.False;
        throw new SelectException(SelectErrorCode.IncorrectSqlFunctionArgumentType, "A condition in the SQL expression is no boolean.");
    }
}

/// <summary>A node whose value is a truth value.</summary>
internal abstract class Predicate : Node
{
    public sealed override void Evaluate(Row row, out Value value) => value = Test(row) switch
    {
        Truth.True => Value.True,
        Truth.False => Value.False,
        _ => Value.Null,
    };

    public abstract override Truth Test(Row row);

    protected static Truth Of(bool value) => value ? Truth.True : Truth.False;

    protected static Truth Not(Truth value) => value switch
    {
        Truth.True => Truth.False,
        Truth.False => Truth.True,
        _ => Truth.Unknown,
    };
}

internal sealed class ConstantNode(Value constant) : Node
{
    public override void Evaluate(Row row, out Value value) => value = constant;
}

/// <summary>A column of CSV, or a path into a record of JSON.</summary>
internal sealed class SlotNode(int slot) : Node
{
    public override void Evaluate(Row row, out Value value) => row.Read(slot, out value);
}

/// <summary>The expression of a projection, which others name by its alias: evaluated once a record.</summary>
internal sealed class AliasNode(Node projection) : Node
{
    private long _record = -1;
    private Value _value;

    public override void Evaluate(Row row, out Value value)
    {
        if (_record != row.Number)
        {
            projection.Evaluate(row, out _value);
            _record = row.Number;
        }

        value = _value;
    }
}

/// <summary>A name that the record may have, and that is an alias where it has not.</summary>
internal sealed class FallbackNode(Node first, Node second) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        first.Evaluate(row, out value);
        if (value.Kind == ValueKind.Missing) second.Evaluate(row, out value);
    }
}
