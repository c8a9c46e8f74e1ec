using System.Globalization;
using System.Text;
using ObjectStore.Select.Evaluation;
using ObjectStore.Select.Output;
using ObjectStore.Select.Syntax;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Input;

/// <summary>
/// A record of CSV and its columns. Without quotes in it, only the fields up to the last one that is asked for are looked for.
/// </summary>
internal sealed class CsvRow(CsvFormat format) : Row, IRecordShape
{
    private readonly List<ColumnName> _names = [];
    private string[]? _header;
    private byte[] _buffer = [];
    private int _start;
    private int _length;
    private Field[] _fields = new Field[16];
    private int _count;

    // Where the fields go on that have not been looked for, from the record's start; -1 when all are known.
    private int _next;
    private bool _hasQuotes;

    public bool IsOpen => false;

    public bool HasNames => _header is not null;

    /// <summary>A record without quotes.</summary>
    public void Set(byte[] buffer, int start, int length)
    {
        Begin();
        (_buffer, _start, _length) = (buffer, start, length);
        _count = 0;
        _next = 0;
        _hasQuotes = false;
    }

    /// <summary>A record whose fields follow.</summary>
    public void SetQuoted(byte[] buffer, int start)
    {
        Begin();
        (_buffer, _start) = (buffer, start);
        _count = 0;
        _next = -1;
        _hasQuotes = true;
    }

    public void AddField(int start, int length, bool hasEscapes)
    {
        if (_count == _fields.Length) Array.Resize(ref _fields, _count * 2);
        _fields[_count++] = new Field(start, length, hasEscapes);
    }

    public override void Read(int slot, out Value value)
    {
        while (slot >= _count && _next >= 0) FindNext();
        if (slot >= _count)
        {
            value = Value.Missing;
            return;
        }

        ref readonly var field = ref _fields[slot];
        value = field.HasEscapes ? Unescape(field) : Value.OfField(_buffer, _start + field.Start, field.Length);
    }

    public override void WriteAll(RecordWriter writer)
    {
        if (!_hasQuotes && writer.TryWriteRecord(format, _buffer.AsSpan(_start, _length))) return;
        while (_next >= 0) FindNext();
        writer.Begin();
        for (var index = 0; index < _count; index++)
        {
            Read(index, out var value);
            writer.Write(NameOf(index), value);
        }

        writer.End();
    }

    /// <summary>Takes the names of the columns from the record.</summary>
    public void UseAsHeader()
    {
        while (_next >= 0) FindNext();
        _header = new string[_count];
        for (var index = 0; index < _count; index++)
        {
            Read(index, out var value);
            _header[index] = Encoding.UTF8.GetString(value.Bytes);
        }
    }

    /// <summary>A file without any record has no names, but is asked by name.</summary>
    public void UseNoHeader() => _header = [];

    public bool TryBind(ReadOnlySpan<PathStep> steps, out int slot)
    {
        slot = -1;
        if (steps is not [{ Name: { } name } step]) return false;
        if (_header is not null && TryFind(name, step.IsExact, out slot)) return true;
        // _1 is the first; so is _1 in quotes, which some clients put around every name.
        if (name is not ['_', >= '0' and <= '9', ..] || !int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        if (number == 0) throw new SelectException(SelectErrorCode.InvalidColumnIndex);
        slot = number - 1;
        return true;
    }

    private bool TryFind(string name, bool exact, out int slot)
    {
        slot = -1;
        for (var index = 0; index < _header!.Length; index++)
        {
            if (!_header[index].Equals(name, exact ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase)) continue;
            if (slot >= 0) throw new SelectException(SelectErrorCode.AmbiguousFieldName, $"Several columns of the file are {name}.");
            slot = index;
        }

        return slot >= 0;
    }

    private ColumnName NameOf(int index)
    {
        while (_names.Count <= index)
        {
            var at = _names.Count;
            _names.Add(new ColumnName(at < _header?.Length ? _header[at] : "_" + (at + 1).ToString(CultureInfo.InvariantCulture)));
        }

        return _names[index];
    }

    private void FindNext()
    {
        var rest = _buffer.AsSpan(_start + _next, _length - _next);
        var delimiter = format.FieldDelimiter;
        var at = delimiter.Length == 1 ? rest.IndexOf(delimiter[0]) : rest.IndexOf(delimiter);
        AddField(_next, at < 0 ? rest.Length : at, false);
        _next = at < 0 ? -1 : _next + at + delimiter.Length;
    }

    private Value Unescape(in Field field)
    {
        var source = _buffer.AsSpan(_start + field.Start, field.Length);
        var room = Scratch.Reserve(source.Length);
        var length = 0;
        for (var at = 0; at < source.Length; at++)
        {
            // An escape means the quote or escape behind it, and is itself where neither follows.
            if (source[at] == format.Escape && at + 1 < source.Length && (source[at + 1] == format.Quote || source[at + 1] == format.Escape)) at++;
            room[length++] = source[at];
        }

        var text = Scratch.Take(length);
        return text.AsField();
    }

    private readonly record struct Field(int Start, int Length, bool HasEscapes);
}
