using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ObjectStore.Select.Syntax;

namespace ObjectStore.Select.Values;

/// <summary>CAST, and every value as text.</summary>
internal static class Casts
{
    /// <exception cref="SelectException">CastFailed, or InvalidCast where the types do not convert at all.</exception>
    public static Value Cast(in Value value, TypeName type, Scratch scratch)
    {
        if (value.IsAbsent) return value;
        return type switch
        {
            TypeName.Int => ToInt(value),
            TypeName.Float => ToFloat(value),
            TypeName.Decimal => ToDecimal(value),
            TypeName.Bool => ToBool(value),
            TypeName.Timestamp => ToTimestamp(value),
            _ => ToText(value, scratch),
        };
    }

    public static bool TryParseBool(ReadOnlySpan<byte> text, out bool value)
    {
        value = Ascii.EqualsIgnoreCase(text, "true"u8);
        return value || Ascii.EqualsIgnoreCase(text, "false"u8);
    }

    /// <summary>A value as CSV and strings have it; nothing for NULL and MISSING.</summary>
    public static Value ToText(in Value value, Scratch scratch)
    {
        if (value.Kind is ValueKind.Text or ValueKind.Json) return value.AsText();
        var room = scratch.Reserve(64);
        return scratch.Take(Format(value, room));
    }

    /// <summary>Writes a number, a boolean or a timestamp; needs 64 bytes of room.</summary>
    public static int Format(in Value value, Span<byte> room)
    {
        int written;
        switch (value.Kind)
        {
            case ValueKind.Int:
                Utf8Formatter.TryFormat(value.Int, room, out written);
                return written;
            case ValueKind.Decimal:
                value.Decimal.TryFormat(room, out written, default, CultureInfo.InvariantCulture);
                return written;
            case ValueKind.Float:
                value.Float.TryFormat(room, out written, "R", CultureInfo.InvariantCulture);
                return written;
            case ValueKind.Bool:
                var text = value.Bool ? "true"u8 : "false"u8;
                text.CopyTo(room);
                return text.Length;
            default:
                return Encoding.ASCII.GetBytes(value.Timestamp.ToString(), room);
        }
    }

    private static Value ToInt(in Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Int:
                return value;
            case ValueKind.Bool:
                return Value.OfInt(value.Bool ? 1 : 0);
            case ValueKind.Decimal when value.Decimal is >= long.MinValue and <= long.MaxValue:
                return Value.OfInt((long)value.Decimal);
            case ValueKind.Float when value.Float is >= -9223372036854775808.0 and < 9223372036854775808.0:
                return Value.OfInt((long)value.Float);
            case ValueKind.Text:
                var text = Trimmed(value);
                if (Utf8Parser.TryParse(text, out long integer, out var used) && used == text.Length) return Value.OfInt(integer);
                throw Failed(value, "INT");
            default:
                throw Refused(value, "INT");
        }
    }

    private static Value ToFloat(in Value value)
    {
        if (value.IsNumber) return Value.OfFloat(Numbers.ToDouble(value));
        if (value.Kind == ValueKind.Bool) return Value.OfFloat(value.Bool ? 1 : 0);
        if (value.Kind != ValueKind.Text) throw Refused(value, "FLOAT");
        return Numbers.TryParse(Trimmed(value), out var number) ? Value.OfFloat(Numbers.ToDouble(number)) : throw Failed(value, "FLOAT");
    }

    private static Value ToDecimal(in Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Decimal:
                return value;
            case ValueKind.Int:
                return Value.OfDecimal(value.Int);
            case ValueKind.Bool:
                return Value.OfDecimal(value.Bool ? 1 : 0);
            case ValueKind.Float when Math.Abs(value.Float) < 7.9e28:
                return Value.OfDecimal((decimal)value.Float);
            case ValueKind.Text:
                if (decimal.TryParse(Trimmed(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return Value.OfDecimal(number);
                throw Failed(value, "DECIMAL");
            default:
                throw Refused(value, "DECIMAL");
        }
    }

    private static Value ToBool(in Value value)
    {
        if (value.Kind == ValueKind.Bool) return value;
        if (value.IsNumber) return Value.OfBool(Numbers.ToDouble(value) != 0);
        if (value.Kind != ValueKind.Text) throw Refused(value, "BOOL");
        return TryParseBool(Trimmed(value), out var truth) ? Value.OfBool(truth) : throw Failed(value, "BOOL");
    }

    private static Value ToTimestamp(in Value value)
    {
        if (value.Kind == ValueKind.Timestamp) return value;
        if (value.Kind != ValueKind.Text) throw Refused(value, "TIMESTAMP");
        return Timestamp.TryParse(Trimmed(value), out var moment) ? Value.OfTimestamp(moment) : throw Failed(value, "TIMESTAMP");
    }

    private static ReadOnlySpan<byte> Trimmed(in Value value) => value.Bytes.Trim((byte)' ');

    // The text may be a secret of the object's, but who may query it may read it.
    private static SelectException Failed(in Value value, string type)
    {
        var shown = value.Bytes[..Math.Min(value.Bytes.Length, 40)];
        return new SelectException(SelectErrorCode.CastFailed, $"The text '{Encoding.UTF8.GetString(shown)}' could not be converted to {type}.");
    }

    private static SelectException Refused(in Value value, string type) =>
        new(SelectErrorCode.InvalidCast, $"A value of type {value.Kind} could not be converted to {type}.");
}
