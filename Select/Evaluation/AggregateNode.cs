using ObjectStore.Select.Syntax;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

/// <summary>An aggregate over all records that the condition lets through.</summary>
internal sealed class AggregateNode(AggregateKind kind, Node? operand) : Node
{
    private long _count;
    private Value _value = Value.Null;

    public void Accumulate(Row row)
    {
        if (operand is null)
        {
            _count++;
            return;
        }

        operand.Evaluate(row, out var value);
        if (value.IsAbsent) return;
        _count++;
        switch (kind)
        {
            case AggregateKind.Count:
                break;
            case AggregateKind.Sum:
                _value = Sum(Arguments.Number(value));
                break;
            case AggregateKind.Average:
                // The sum of integers may be no integer of 64 bits.
                var number = Arguments.Number(value);
                _value = Sum(number.Kind == ValueKind.Int ? Value.OfDecimal(number.Int) : number);
                break;
            default:
                Choose(value);
                break;
        }
    }

    public override void Evaluate(Row row, out Value value) => value = kind switch
    {
        AggregateKind.Count => Value.OfInt(_count),
        AggregateKind.Average when _count > 0 => Numbers.Calculate(BinaryOperator.Divide, _value, Value.OfDecimal(_count)),
        _ => _value,
    };

    private Value Sum(in Value number) => _value.IsAbsent ? number : Numbers.Calculate(BinaryOperator.Add, _value, number);

    private void Choose(Value value)
    {
        // Fields that are numbers are compared as numbers.
        if (value.IsUntyped && Numbers.TryGet(value, out var number)) value = number;
        if (!_value.IsAbsent)
        {
            if (value.Kind == ValueKind.Json || !Comparison.TryCompare(value, _value, out var order))
                throw new SelectException(SelectErrorCode.IncorrectSqlFunctionArgumentType, "MIN and MAX take values that can be compared.");
            if (kind == AggregateKind.Min ? order >= 0 : order <= 0) return;
        }

        _value = value.Keep();
    }
}
