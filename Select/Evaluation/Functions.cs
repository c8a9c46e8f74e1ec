using System.Text;
using ObjectStore.Select.Syntax;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

/// <summary>A function of one text; NULL for what is absent.</summary>
internal abstract class TextFunctionNode(Node operand) : Node
{
    public sealed override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out value);
        if (value.IsAbsent)
        {
            value = Value.Null;
            return;
        }

        // A field is a text, whatever it looks like; a number of JSON is none.
        Arguments.Text(value);
        value = Apply(value, row);
    }

    protected abstract Value Apply(in Value text, Row row);
}

/// <summary>Number of characters (code points).</summary>
internal sealed class LengthNode(Node operand) : TextFunctionNode(operand)
{
    protected override Value Apply(in Value text, Row row) => Value.OfInt(Characters.Count(text.Bytes));
}

internal sealed class CaseChangeNode(bool toUpper, Node operand) : TextFunctionNode(operand)
{
    protected override Value Apply(in Value text, Row row)
    {
        var bytes = text.Bytes;
        if (!Ascii.IsValid(bytes))
        {
            var changed = Encoding.UTF8.GetString(bytes);
            changed = toUpper ? changed.ToUpperInvariant() : changed.ToLowerInvariant();
            return row.Scratch.Take(Encoding.UTF8.GetBytes(changed, row.Scratch.Reserve(Encoding.UTF8.GetByteCount(changed))));
        }

        var room = row.Scratch.Reserve(bytes.Length);
        if (toUpper) Ascii.ToUpper(bytes, room, out _);
        else Ascii.ToLower(bytes, room, out _);
        return row.Scratch.Take(bytes.Length);
    }
}

/// <summary>Characters from a position that counts from 1; what lies before the first is not there.</summary>
internal sealed class SubstringNode(Node operand, Node start, Node? length) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out var text);
        start.Evaluate(row, out var from);
        var count = Value.OfInt(int.MaxValue);
        length?.Evaluate(row, out count);
        value = Value.Null;
        if (text.IsAbsent || from.IsAbsent || count.IsAbsent) return;
        var bytes = Arguments.Text(text);
        var first = Math.Clamp(Arguments.Int(from), int.MinValue, int.MaxValue);
        var wanted = Math.Min(Arguments.Int(count), int.MaxValue);
        if (wanted < 0) throw new SelectException(SelectErrorCode.IllegalSqlFunctionArgument, "The length of SUBSTRING must not be negative.");
        var begin = Math.Max(first, 1) - 1;
        var end = Math.Max(first + wanted - 1, begin);
        var offset = Characters.OffsetOf(bytes, begin);
        value = text.Slice(offset, Characters.OffsetOf(bytes[offset..], end - begin)).AsText();
    }
}

internal sealed class TrimNode(TrimSide side, Node? characters, Node operand) : Node
{
    /// <summary>Of the characters that go, which are looked through for each of the text: else one record could hold a processor for long.</summary>
    private const int MaxSetBytes = 4096;

    public override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out var text);
        var set = " "u8;
        value = Value.Null;
        if (characters is not null)
        {
            characters.Evaluate(row, out var given);
            if (given.IsAbsent) return;
            set = Arguments.Text(given);
            if (set.Length > MaxSetBytes) throw new SelectException(SelectErrorCode.IllegalSqlFunctionArgument, $"The characters of TRIM take at most {MaxSetBytes} bytes.");
        }

        if (text.IsAbsent) return;
        var bytes = Arguments.Text(text);
        var (start, end) = (0, bytes.Length);
        while (side != TrimSide.Trailing && start < end && Characters.FirstLength(bytes[start..end]) is var length && Contains(set, bytes.Slice(start, length))) start += length;
        while (side != TrimSide.Leading && start < end && Characters.LastLength(bytes[start..end]) is var last && Contains(set, bytes.Slice(end - last, last))) end -= last;
        value = text.Slice(start, end - start).AsText();
    }

    // UTF-8 synchronises itself: a whole character is found only where one stands.
    private static bool Contains(ReadOnlySpan<byte> set, ReadOnlySpan<byte> character) => set.IndexOf(character) >= 0;
}

internal sealed class CoalesceNode(Node[] operands) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        foreach (var operand in operands)
        {
            operand.Evaluate(row, out value);
            if (!value.IsAbsent) return;
        }

        value = Value.Null;
    }
}

internal sealed class NullIfNode(Node left, Node right) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        left.Evaluate(row, out value);
        right.Evaluate(row, out var other);
        if (!value.IsAbsent && !other.IsAbsent && CompareNode.AreEqual(value, other)) value = Value.Null;
    }
}

/// <summary>Characters (code points) in UTF-8. Bytes that are not UTF-8 count one by one or as parts of what stands before them.</summary>
internal static class Characters
{
    public static int Count(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var unit in text)
        {
            if (!IsContinuation(unit)) count++;
        }

        return count;
    }

    /// <summary>Where the character with this index begins; the end if there are fewer.</summary>
    public static int OffsetOf(ReadOnlySpan<byte> text, long index)
    {
        if (index <= 0) return 0;
        var offset = 0;
        while (offset < text.Length && index > 0)
        {
            offset += FirstLength(text[offset..]);
            index--;
        }

        return offset;
    }

    /// <summary>Bytes of the first character; the text is not empty.</summary>
    public static int FirstLength(ReadOnlySpan<byte> text)
    {
        var length = 1;
        while (length < text.Length && IsContinuation(text[length])) length++;
        return length;
    }

    public static int LastLength(ReadOnlySpan<byte> text)
    {
        var length = 1;
        while (length < text.Length && IsContinuation(text[^length])) length++;
        return length;
    }

    private static bool IsContinuation(byte unit) => (unit & 0xc0) == 0x80;
}
