using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

/// <summary>LIKE. The pattern is read once as long as it stays the same.</summary>
internal sealed class LikeNode(Node operand, Node pattern, Node? escape, bool isNegated) : Predicate
{
    private byte[]? _source;
    private byte[] _escape = [];
    private LikePattern? _pattern;

    public override Truth Test(Row row)
    {
        operand.Evaluate(row, out var text);
        pattern.Evaluate(row, out var written);
        var escaping = Value.Missing;
        escape?.Evaluate(row, out escaping);
        if (text.IsAbsent || written.IsAbsent || (escape is not null && escaping.IsAbsent)) return Truth.Unknown;
        if (text.Kind != ValueKind.Text || written.Kind != ValueKind.Text || (escape is not null && escaping.Kind != ValueKind.Text))
            throw new SelectException(SelectErrorCode.LikeInvalidInputs);
        Compile(written.Bytes, escaping.Bytes);
        return Of(_pattern!.IsMatch(text.Bytes) != isNegated);
    }

    private void Compile(ReadOnlySpan<byte> written, ReadOnlySpan<byte> escaping)
    {
        if (_source is not null && written.SequenceEqual(_source) && escaping.SequenceEqual(_escape)) return;
        if (escape is not null && escaping.IsEmpty) throw new SelectException(SelectErrorCode.LikeInvalidInputs, "The ESCAPE of LIKE must be one character.");
        _pattern = new LikePattern(written, escaping);
        _source = written.ToArray();
        _escape = escaping.ToArray();
    }
}
