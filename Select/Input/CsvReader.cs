using ObjectStore.Select.Evaluation;

namespace ObjectStore.Select.Input;

/// <summary>Cuts CSV into records. Empty lines and comments are none.</summary>
internal sealed class CsvReader(ByteWindow window, CsvFormat format, bool allowsQuotedRecordDelimiter, CsvRow row) : RecordReader
{
    public override Row Row => row;

    public override ReadOutcome Read()
    {
        while (true)
        {
            var rest = window.Unread;
            if (rest.IsEmpty) return window.HasEnded ? ReadOutcome.End : ReadOutcome.NeedsMore;
            var delimiter = format.RecordDelimiter;
            var length = delimiter.Length == 1 ? rest.IndexOf(delimiter[0]) : rest.IndexOf(delimiter);
            var isComment = rest[0] == format.Comment;
            var used = length + delimiter.Length;
            if (length < 0)
            {
                if (!window.HasEnded) return ReadOutcome.NeedsMore;
                length = used = rest.Length;
            }

            if (length > ByteWindow.MaxRecordBytes) throw new SelectException(SelectErrorCode.OverMaxRecordSize);
            if (length == 0 || isComment)
            {
                window.Consume(used);
                continue;
            }

            RecordOffset = window.Position;
            if (rest[..length].Contains(format.Quote)) return ReadQuoted(rest, length, used);
            row.Set(window.Buffer, window.Start, length);
            window.Consume(used);
            return ReadOutcome.Record;
        }
    }

    private ReadOutcome ReadQuoted(ReadOnlySpan<byte> rest, int length, int used)
    {
        row.SetQuoted(window.Buffer, window.Start);
        if (!allowsQuotedRecordDelimiter)
        {
            if (!TryParse(rest[..length], isWhole: true, out _)) throw new SelectException(SelectErrorCode.CSVEscapingRecordDelimiter);
            window.Consume(used);
            return ReadOutcome.Record;
        }

        if (!TryParse(rest, window.HasEnded, out used))
        {
            if (!window.HasEnded) return ReadOutcome.NeedsMore;
            throw new SelectException(SelectErrorCode.CSVParsingError, "The CSV file ends inside quotes.");
        }

        if (used > ByteWindow.MaxRecordBytes + format.RecordDelimiter.Length) throw new SelectException(SelectErrorCode.OverMaxRecordSize);
        window.Consume(used);
        return ReadOutcome.Record;
    }

    /// <summary>Gives the row its fields; false when the record does not end in these bytes.</summary>
    /// <param name="isWhole">Whether nothing follows the bytes.</param>
    private bool TryParse(ReadOnlySpan<byte> bytes, bool isWhole, out int used)
    {
        var at = 0;
        used = 0;
        while (true)
        {
            if (at < bytes.Length && bytes[at] == format.Quote)
            {
                if (!TryParseQuoted(bytes, isWhole, ref at)) return false;
            }
            else
            {
                var rest = bytes[at..];
                var end = rest.IndexOf(format.RecordDelimiter);
                var field = (end < 0 ? rest : rest[..end]).IndexOf(format.FieldDelimiter);
                if (field < 0 && end < 0 && !isWhole) return false;
                var length = field >= 0 ? field : end >= 0 ? end : rest.Length;
                row.AddField(at, length, false);
                at += length;
            }

            // Behind a field.
            var behind = bytes[at..];
            used = at;
            if (behind.IsEmpty && isWhole) return true;
            if (behind.StartsWith(format.FieldDelimiter))
            {
                at += format.FieldDelimiter.Length;
                continue;
            }

            if (behind.StartsWith(format.RecordDelimiter))
            {
                used = at + format.RecordDelimiter.Length;
                return true;
            }

            if (!isWhole && behind.Length < Math.Max(format.FieldDelimiter.Length, format.RecordDelimiter.Length)) return false;
            throw new SelectException(SelectErrorCode.CSVUnescapedQuote);
        }
    }

    private bool TryParseQuoted(ReadOnlySpan<byte> bytes, bool isWhole, ref int at)
    {
        var start = at + 1;
        var end = start;
        var hasEscapes = false;
        while (true)
        {
            var found = bytes[end..].IndexOfAny(format.Quote, format.Escape);
            if (found < 0) return false;
            end += found;
            if (end + 1 == bytes.Length && !isWhole) return false;
            var next = end + 1 < bytes.Length ? bytes[end + 1] : (byte?)null;
            if (bytes[end] == format.Escape && (next == format.Quote || (next == format.Escape && format.Escape != format.Quote)))
            {
                hasEscapes = true;
                end += 2;
            }
            else if (bytes[end] == format.Quote)
            {
                row.AddField(start, end - start, hasEscapes);
                at = end + 1;
                return true;
            }
            else
            {
                end++;
            }
        }
    }
}
