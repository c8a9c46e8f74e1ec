using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace ObjectStore.Select.Values;

internal enum ValueKind : byte
{
    Missing, Null, Bool, Int, Float, Decimal, Text, Timestamp,

    /// <summary>An object or array of JSON, as its bytes.</summary>
    Json,
}

/// <summary>One value. Texts lie in the buffer that they were read into, so a value lives no longer than its record.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Value
{
    public static readonly Value Missing;
    public static readonly Value Null = new(ValueKind.Null);
    public static readonly Value True = new(ValueKind.Bool, 1);
    public static readonly Value False = new(ValueKind.Bool);

    private readonly long _low;
    private readonly long _high;
    private readonly byte[]? _buffer;
    private readonly int _offset;
    private readonly int _length;

    private Value(ValueKind kind, long low = 0, long high = 0)
    {
        Kind = kind;
        _low = low;
        _high = high;
    }

    private Value(ValueKind kind, byte[] buffer, int offset, int length, bool isUntyped)
    {
        Kind = kind;
        _buffer = buffer;
        _offset = offset;
        _length = length;
        IsUntyped = isUntyped;
    }

    public ValueKind Kind { get; }

    /// <summary>A field of CSV: a text that counts as a number where a number is wanted.</summary>
    public bool IsUntyped { get; }

    /// <summary>NULL or MISSING.</summary>
    public bool IsAbsent => Kind <= ValueKind.Null;

    public bool IsNumber => Kind is ValueKind.Int or ValueKind.Float or ValueKind.Decimal;

    public bool Bool => _low != 0;

    public long Int => _low;

    public double Float => BitConverter.Int64BitsToDouble(_low);

    public decimal Decimal => Unsafe.BitCast<Halves, decimal>(new Halves(_low, _high));

    public Timestamp Timestamp => Timestamp.Unpack(_low, _high);

    /// <summary>The text, or the JSON, as UTF-8.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_offset, _length);

    public static Value OfBool(bool value) => value ? True : False;

    public static Value OfInt(long value) => new(ValueKind.Int, value);

    public static Value OfFloat(double value) => new(ValueKind.Float, BitConverter.DoubleToInt64Bits(value));

    public static Value OfDecimal(decimal value)
    {
        var halves = Unsafe.BitCast<decimal, Halves>(value);
        return new Value(ValueKind.Decimal, halves.Low, halves.High);
    }

    public static Value OfTimestamp(Timestamp value)
    {
        var (low, high) = value.Pack();
        return new Value(ValueKind.Timestamp, low, high);
    }

    public static Value OfText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return OfText(bytes, 0, bytes.Length);
    }

    public static Value OfText(byte[] buffer, int offset, int length) => new(ValueKind.Text, buffer, offset, length, false);

    public static Value OfField(byte[] buffer, int offset, int length) => new(ValueKind.Text, buffer, offset, length, true);

    public static Value OfJson(byte[] buffer, int offset, int length) => new(ValueKind.Json, buffer, offset, length, false);

    /// <summary>A part of a text, of the same kind.</summary>
    public Value Slice(int start, int length) => new(Kind, _buffer!, _offset + start, length, IsUntyped);

    /// <summary>The bytes as a text that is nothing but a text.</summary>
    public Value AsText() => new(ValueKind.Text, _buffer!, _offset, _length, false);

    /// <summary>The text as a field of CSV.</summary>
    public Value AsField() => new(ValueKind.Text, _buffer!, _offset, _length, true);

    /// <summary>The same value in bytes of its own, which outlives the record.</summary>
    public Value Keep() => _buffer is null ? this : new Value(Kind, Bytes.ToArray(), 0, _length, IsUntyped);

    private readonly record struct Halves(long Low, long High);
}
