using System.Text;
using ObjectStore.Select.Syntax;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

internal sealed class ExtractNode(DatePart part, Node operand) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out value);
        value = value.IsAbsent ? Value.Null : Value.OfInt(Arguments.Timestamp(value).Extract(part));
    }
}

internal sealed class DateAddNode(DatePart part, Node amount, Node operand) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        amount.Evaluate(row, out var count);
        operand.Evaluate(row, out value);
        value = count.IsAbsent || value.IsAbsent ? Value.Null : Value.OfTimestamp(Arguments.Timestamp(value).Add(part, Arguments.Int(count)));
    }
}

internal sealed class DateDiffNode(DatePart part, Node from, Node to) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        from.Evaluate(row, out var start);
        to.Evaluate(row, out value);
        value = start.IsAbsent || value.IsAbsent
            ? Value.Null
            : Value.OfInt(Timestamp.Difference(part, Arguments.Timestamp(start), Arguments.Timestamp(value)));
    }
}

internal sealed class ToTimestampNode(Node operand) : Node
{
    public override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out value);
        if (value.IsAbsent || value.Kind == ValueKind.Timestamp) return;
        if (!Timestamp.TryParse(Arguments.Text(value), out var moment)) throw new SelectException(SelectErrorCode.ValueParseFailure);
        value = Value.OfTimestamp(moment);
    }
}

internal sealed class ToStringNode(Node operand, Node pattern) : Node
{
    private byte[]? _source;
    private TimestampPattern? _pattern;

    public override void Evaluate(Row row, out Value value)
    {
        operand.Evaluate(row, out var moment);
        pattern.Evaluate(row, out var written);
        value = Value.Null;
        if (moment.IsAbsent || written.IsAbsent) return;
        var bytes = Arguments.Text(written);
        if (_source is null || !bytes.SequenceEqual(_source))
        {
            _pattern = new TimestampPattern(Encoding.UTF8.GetString(bytes));
            _source = bytes.ToArray();
        }

        var text = _pattern!.Format(Arguments.Timestamp(moment));
        value = row.Scratch.Take(Encoding.UTF8.GetBytes(text, row.Scratch.Reserve(Encoding.UTF8.GetByteCount(text))));
    }
}
