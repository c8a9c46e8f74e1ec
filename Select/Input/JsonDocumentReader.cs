using System.Text.Json;
using ObjectStore.Select.Evaluation;
using ObjectStore.Select.Output;
using ObjectStore.Select.Syntax;

namespace ObjectStore.Select.Input;

/// <summary>
/// Values of JSON of any number of lines, and what a path finds in them. A document is walked token by token, so that only
/// what a record is must fit into memory.
/// </summary>
internal sealed class JsonDocumentReader(ByteWindow window, JsonRow row, IReadOnlyList<PathStep> path) : RecordReader
{
    /// <summary>Longest record. S3 has 1 MB; here a document that the path does not take apart may be longer.</summary>
    public const int MaxRecordBytes = 8 * 1024 * 1024;

    private readonly Stack<Frame> _frames = new();
    private JsonReaderState _state = new(new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = JsonText.MaxDepth });

    public override Row Row => row;

    public override ReadOutcome Read()
    {
        var reader = new Utf8JsonReader(window.Unread, window.HasEnded, _state);
        while (true)
        {
            var before = reader;
            if (!reader.Read())
            {
                Save(reader);
                return window.HasEnded ? ReadOutcome.End : ReadOutcome.NeedsMore;
            }

            switch (reader.TokenType)
            {
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _frames.Pop();
                    continue;
                case JsonTokenType.PropertyName:
                    _frames.Peek().IsWanted = IsWanted(reader);
                    continue;
            }

            // Behind this the value is counted, so it must be known that it can be walked.
            var steps = StepsOf();
            var isContainer = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            var start = (int)reader.TokenStartIndex;
            if (steps == path.Count)
            {
                if (isContainer && !reader.TrySkip())
                {
                    Save(before);
                    return ReadOutcome.NeedsMore;
                }

                Count();
                return Take(reader, start);
            }

            Count();
            if (isContainer && (steps >= 0 || !reader.TrySkip())) _frames.Push(new Frame(steps, reader.TokenType == JsonTokenType.StartArray));
        }
    }

    private ReadOutcome Take(Utf8JsonReader reader, int start)
    {
        RecordOffset = window.Position + start;
        var offset = window.Start + start;
        var length = (int)reader.BytesConsumed - start;
        Save(reader);
        row.Set(window.Buffer, offset, length);
        return ReadOutcome.Record;
    }

    private void Save(in Utf8JsonReader reader)
    {
        window.Consume((int)reader.BytesConsumed);
        _state = reader.CurrentState;
    }

    private bool IsWanted(Utf8JsonReader reader)
    {
        var frame = _frames.Peek();
        if (frame.Steps < 0 || path[frame.Steps].Name is not { } name) return false;
        var step = path[frame.Steps];
        return step.IsAll || reader.ValueTextEquals(name) || (!step.IsExact && string.Equals(reader.GetString(), name, StringComparison.OrdinalIgnoreCase));
    }

    // How many steps of the path lead to the value that comes; -1 if it is not on the path.
    private int StepsOf()
    {
        if (!_frames.TryPeek(out var frame)) return 0;
        if (frame.Steps < 0) return -1;
        if (!frame.IsArray) return frame.IsWanted ? frame.Steps + 1 : -1;
        var step = path[frame.Steps];
        return step.Name is null && (step.IsAll || step.Index == frame.Index) ? frame.Steps + 1 : -1;
    }

    private void Count()
    {
        if (_frames.TryPeek(out var frame)) frame.Index++;
    }

    /// <summary>An object or array that is open.</summary>
    private sealed class Frame(int steps, bool isArray)
    {
        public int Steps => steps;

        public bool IsArray => isArray;

        public int Index { get; set; }

        public bool IsWanted { get; set; }
    }
}
