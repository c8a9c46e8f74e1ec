using ObjectStore.Select.Input;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Output;

/// <summary>
/// Records as CSV. Where quotes are put as needed, a field has them that contains a delimiter or a quote, and the one field of a
/// record that would be an empty line, which most readers skip.
/// </summary>
internal sealed class CsvRecordWriter(CsvFormat format, bool quotesAlways) : RecordWriter
{
    private int _fields;
    private int _start;

    public override void Begin()
    {
        base.Begin();
        _fields = 0;
        _start = LengthBytes;
    }

    public override void Write(ColumnName name, in Value value)
    {
        if (_fields++ > 0) Append(format.FieldDelimiter);
        switch (value.Kind)
        {
            case ValueKind.Missing or ValueKind.Null:
                break;
            case ValueKind.Text:
                WriteText(value.Bytes);
                break;
            case ValueKind.Json:
                var room = new byte[value.Bytes.Length];
                WriteText(room.AsSpan(0, JsonText.Minify(value.Bytes, room)));
                break;
            default:
                Span<byte> formatted = stackalloc byte[64];
                WriteText(formatted[..Casts.Format(value, formatted)]);
                break;
        }
    }

    public override void End()
    {
        if (LengthBytes == _start && _fields > 0) Quote([]);
        Append(format.RecordDelimiter);
        base.End();
    }

    public override bool TryWriteRecord(CsvFormat input, ReadOnlySpan<byte> record)
    {
        if (quotesAlways || input.Quote != format.Quote || !input.FieldDelimiter.AsSpan().SequenceEqual(format.FieldDelimiter)
            || !input.RecordDelimiter.AsSpan().SequenceEqual(format.RecordDelimiter))
        {
            return false;
        }

        base.Begin();
        Append(record);
        Append(format.RecordDelimiter);
        base.End();
        return true;
    }

    public override void WriteRecord(ReadOnlySpan<byte> json, JsonRow row)
    {
        Begin();
        row.WriteValues(this);
        End();
    }

    private void WriteText(ReadOnlySpan<byte> text)
    {
        if (quotesAlways || text.Contains(format.Quote) || text.IndexOf(format.FieldDelimiter) >= 0 || text.IndexOf(format.RecordDelimiter) >= 0)
            Quote(text);
        else
            Append(text);
    }

    private void Quote(ReadOnlySpan<byte> text)
    {
        Append(format.Quote);
        while (true)
        {
            var at = text.IndexOfAny(format.Quote, format.Escape);
            if (at < 0) break;
            Append(text[..at]);
            Append(format.Escape);
            Append(text[at]);
            text = text[(at + 1)..];
        }

        Append(text);
        Append(format.Quote);
    }
}
