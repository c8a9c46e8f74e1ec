using System.Text;
using ObjectStore.Select.Evaluation;

namespace ObjectStore.Select.Input;

/// <summary>A value of JSON a line. Empty lines are no records.</summary>
internal sealed class JsonLinesReader(ByteWindow window, JsonRow row) : RecordReader
{
    public override Row Row => row;

    public override ReadOutcome Read()
    {
        while (true)
        {
            var rest = window.Unread;
            if (rest.IsEmpty) return window.HasEnded ? ReadOutcome.End : ReadOutcome.NeedsMore;
            var length = rest.IndexOf((byte)'\n');
            if (length < 0 && !window.HasEnded) return ReadOutcome.NeedsMore;
            var used = length < 0 ? rest.Length : length + 1;
            var line = Ascii.Trim(rest[..used]);
            var (offset, count) = line.GetOffsetAndLength(used);
            if (count > ByteWindow.MaxRecordBytes) throw new SelectException(SelectErrorCode.OverMaxRecordSize);
            RecordOffset = window.Position;
            offset += window.Start;
            window.Consume(used);
            if (count == 0) continue;
            row.Set(window.Buffer, offset, count);
            return ReadOutcome.Record;
        }
    }
}
