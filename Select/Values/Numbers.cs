using System.Buffers.Text;
using System.Globalization;
using ObjectStore.Select.Syntax;

namespace ObjectStore.Select.Values;

/// <summary>
/// Numbers: integers of 64 bits, decimals of 28 digits, floats of 64 bits. An operation has the wider of its operands' types.
/// </summary>
internal static class Numbers
{
    /// <summary>The number that the whole of a text is: an integer, else a decimal, else a float.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Value value)
    {
        if (Utf8Parser.TryParse(text, out long integer, out var used) && used == text.Length)
        {
            value = Value.OfInt(integer);
            return true;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        // A decimal rounds what it cannot hold: only what is short enough to be exact is one.
        if (text.Length is > 0 and <= 28 && decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var exact))
        {
            value = Value.OfDecimal(exact);
            return true;
        }

        if (double.TryParse(text, Style, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real))
        {
            value = Value.OfFloat(real);
            return true;
        }

        value = Value.Missing;
        return false;
    }

    /// <summary>The number that a value is, or that a field of CSV stands for.</summary>
    public static bool TryGet(in Value value, out Value number)
    {
        number = value;
        return value.IsNumber || (value.IsUntyped && value.Kind == ValueKind.Text && TryParse(value.Bytes, out number));
    }

    public static double ToDouble(in Value value) => value.Kind switch
    {
        ValueKind.Int => value.Int,
        ValueKind.Decimal => (double)value.Decimal,
        _ => value.Float,
    };

    public static int Compare(in Value left, in Value right)
    {
        if (left.Kind == ValueKind.Int && right.Kind == ValueKind.Int) return left.Int.CompareTo(right.Int);
        if (left.Kind == ValueKind.Float || right.Kind == ValueKind.Float) return ToDouble(left).CompareTo(ToDouble(right));
        return ToDecimal(left).CompareTo(ToDecimal(right));
    }

    /// <exception cref="SelectException">IntegerOverflow, or a division by zero.</exception>
    public static Value Calculate(BinaryOperator operation, in Value left, in Value right)
    {
        try
        {
            if (left.Kind == ValueKind.Int && right.Kind == ValueKind.Int) return Value.OfInt(Calculate(operation, left.Int, right.Int));
            if (left.Kind != ValueKind.Float && right.Kind != ValueKind.Float) return Calculate(operation, ToDecimal(left), ToDecimal(right));
            return Real(Calculate(operation, ToDouble(left), ToDouble(right)));
        }
        catch (OverflowException e)
        {
            throw new SelectException(SelectErrorCode.IntegerOverflow, null, e);
        }
        catch (DivideByZeroException e)
        {
            throw new SelectException(SelectErrorCode.IllegalSqlFunctionArgument, "A number is divided by zero.", e);
        }
    }

    public static Value Negate(in Value value) => value.Kind switch
    {
        ValueKind.Int when value.Int == long.MinValue => throw new SelectException(SelectErrorCode.IntegerOverflow),
        ValueKind.Int => Value.OfInt(-value.Int),
        ValueKind.Decimal => Value.OfDecimal(-value.Decimal),
        _ => Value.OfFloat(-value.Float),
    };

    public static decimal ToDecimal(in Value value) => value.Kind == ValueKind.Int ? value.Int : value.Decimal;

    private static long Calculate(BinaryOperator operation, long left, long right) => operation switch
    {
        BinaryOperator.Add => checked(left + right),
        BinaryOperator.Subtract => checked(left - right),
        BinaryOperator.Multiply => checked(left * right),
        BinaryOperator.Divide => left / right,
        // The processor traps on the one quotient that does not fit.
        _ => right == -1 ? 0 : left % right,
    };

    private static Value Calculate(BinaryOperator operation, decimal left, decimal right)
    {
        try
        {
            return Value.OfDecimal(operation switch
            {
                BinaryOperator.Add => left + right,
                BinaryOperator.Subtract => left - right,
                BinaryOperator.Multiply => left * right,
                BinaryOperator.Divide => left / right,
                _ => left % right,
            });
        }
        catch (OverflowException)
        {
            // Beyond 28 digits a float is nearer than nothing.
            return Real(Calculate(operation, (double)left, (double)right));
        }
    }

    private static double Calculate(BinaryOperator operation, double left, double right) => operation switch
    {
        BinaryOperator.Add => left + right,
        BinaryOperator.Subtract => left - right,
        BinaryOperator.Multiply => left * right,
        BinaryOperator.Divide => right == 0 ? throw new DivideByZeroException() : left / right,
        _ => right == 0 ? throw new DivideByZeroException() : left % right,
    };

    // Neither CSV nor JSON has an infinity.
    private static Value Real(double value) => double.IsFinite(value) ? Value.OfFloat(value) : throw new OverflowException();
}
