using System.Text;
using System.Text.Json;
using ObjectStore.Select.Evaluation;
using ObjectStore.Select.Output;
using ObjectStore.Select.Syntax;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Input;

/// <summary>A value of JSON as a record. One pass over it finds all paths that the query asks for.</summary>
internal sealed class JsonRow : Row, IRecordShape
{
    private static readonly ColumnName Unnamed = new("_1");

    private readonly JsonPathNode _root = new(null, false);

    // A record that is no object has no names; _1 is the whole of it.
    private readonly JsonPathNode _unnamed = new(null, false);
    private Value[] _values = new Value[8];
    private int _slots;
    private byte[] _buffer = [];
    private int _start;
    private int _length;

    public bool IsOpen => true;

    public bool HasNames => true;

    /// <exception cref="JsonException">The bytes are no value of JSON.</exception>
    public void Set(byte[] buffer, int start, int length)
    {
        Begin();
        (_buffer, _start, _length) = (buffer, start, length);
        Array.Clear(_values, 0, _slots);
        var reader = new Utf8JsonReader(buffer.AsSpan(start, length), JsonText.Options);
        if (!reader.Read()) throw new SelectException(SelectErrorCode.JSONParsingError);
        Fill(ref reader, reader.TokenType == JsonTokenType.StartObject ? _root : _unnamed);
        // What follows the value is none of it, and throws.
        if (reader.Read()) throw new SelectException(SelectErrorCode.JSONParsingError);
    }

    public bool TryBind(ReadOnlySpan<PathStep> steps, out int slot)
    {
        var node = _root.Find(steps);
        if (node.Slot < 0)
        {
            node.Slot = _slots++;
            if (_slots > _values.Length) Array.Resize(ref _values, _slots * 2);
        }

        slot = node.Slot;
        if (steps.IsEmpty) _unnamed.Slot = slot;
        else if (steps[0].Name == "_1") _unnamed.Find(steps[1..]).Others.Add(slot);
        return true;
    }

    public override void Read(int slot, out Value value) => value = _values[slot];

    public override void WriteAll(RecordWriter writer) => writer.WriteRecord(_buffer.AsSpan(_start, _length), this);

    /// <summary>Writes the values of an object or array, or the one that the record is.</summary>
    public void WriteValues(RecordWriter writer)
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _length), JsonText.Options);
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            writer.Write(Unnamed, Take(ref reader));
            return;
        }

        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            if (reader.TokenType == JsonTokenType.PropertyName) reader.Read();
            writer.Write(Unnamed, Take(ref reader));
        }
    }

    // The reader stands on a value's first token, and afterwards on its last.
    private void Fill(ref Utf8JsonReader reader, JsonPathNode node)
    {
        if (node.IsLeaf || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            if (node.Slot < 0 && node.Others.Count == 0) reader.Skip();
            else Set(node, Take(ref reader));
            return;
        }

        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.StartObject) FillMembers(ref reader, node);
        else FillElements(ref reader, node);
        Set(node, Value.OfJson(_buffer, _start + start, (int)reader.BytesConsumed - start));
    }

    private void FillMembers(ref Utf8JsonReader reader, JsonPathNode node)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            JsonPathNode? wanted = null;
            foreach (var child in node.Members)
            {
                if (!child.IsNamedBy(ref reader)) continue;
                child.CheckAmbiguity(reader.ValueSpan, Number);
                if (wanted is not null)
                {
                    var again = reader;
                    again.Read();
                    Fill(ref again, child);
                    continue;
                }

                wanted = child;
            }

            reader.Read();
            if (wanted is null) reader.Skip();
            else Fill(ref reader, wanted);
        }
    }

    private void FillElements(ref Utf8JsonReader reader, JsonPathNode node)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (node.Elements.TryGetValue(index, out var child)) Fill(ref reader, child);
            else reader.Skip();
        }
    }

    private void Set(JsonPathNode node, in Value value)
    {
        if (node.Slot >= 0) _values[node.Slot] = value;
        foreach (var slot in node.Others) _values[slot] = value;
    }

    private Value Take(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return Value.Null;
            case JsonTokenType.True:
                return Value.True;
            case JsonTokenType.False:
                return Value.False;
            case JsonTokenType.Number:
                return Numbers.TryParse(reader.ValueSpan, out var number) ? number : throw new SelectException(SelectErrorCode.NumberFormatError);
            case JsonTokenType.String when !reader.ValueIsEscaped:
                return Value.OfText(_buffer, _start + start + 1, reader.ValueSpan.Length);
            case JsonTokenType.String:
                return Scratch.Take(reader.CopyString(Scratch.Reserve(reader.ValueSpan.Length)));
            default:
                reader.Skip();
                return Value.OfJson(_buffer, _start + start, (int)reader.BytesConsumed - start);
        }
    }
}

/// <summary>What is wanted of one place in a record: it, and places below it.</summary>
internal sealed class JsonPathNode(byte[]? name, bool isExact)
{
    private readonly string? _name = name is null ? null : Encoding.UTF8.GetString(name);
    private byte[] _matched = [];
    private long _matchedIn = -1;

    public List<JsonPathNode> Members { get; } = [];

    public Dictionary<int, JsonPathNode> Elements { get; } = [];

    public int Slot { get; set; } = -1;

    public List<int> Others { get; } = [];

    public bool IsLeaf => Members.Count == 0 && Elements.Count == 0;

    /// <summary>The node at the end of the steps, made if it is not there.</summary>
    public JsonPathNode Find(ReadOnlySpan<PathStep> steps)
    {
        var node = this;
        foreach (var step in steps) node = step.Name is { } member ? node.Member(member, step.IsExact) : node.Element(step.Index);
        return node;
    }

    public bool IsNamedBy(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals(name)) return true;
        if (isExact) return false;
        if (!reader.ValueIsEscaped && Ascii.IsValid(name)) return Ascii.EqualsIgnoreCase(name, reader.ValueSpan);
        return string.Equals(_name, reader.GetString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A name that is written in two ways is two names, and which is meant cannot be known.</summary>
    public void CheckAmbiguity(ReadOnlySpan<byte> written, long record)
    {
        if (isExact) return;
        var same = written.SequenceEqual(_matched);
        if (_matchedIn == record && !same) throw new SelectException(SelectErrorCode.AmbiguousFieldName, $"Several names of the record are {_name}.");
        _matchedIn = record;
        if (!same) _matched = written.ToArray();
    }

    private JsonPathNode Member(string member, bool exact)
    {
        var found = Members.Find(child => child.Is(member, exact));
        if (found is null) Members.Add(found = new JsonPathNode(Encoding.UTF8.GetBytes(member), exact));
        return found;
    }

    private JsonPathNode Element(int index)
    {
        if (!Elements.TryGetValue(index, out var found)) Elements[index] = found = new JsonPathNode(null, false);
        return found;
    }

    private bool Is(string member, bool exact) => _name == member && isExact == exact;
}
