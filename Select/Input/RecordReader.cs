using ObjectStore.Select.Evaluation;

namespace ObjectStore.Select.Input;

internal enum ReadOutcome
{
    /// <summary>The row is the next record.</summary>
    Record,

    /// <summary>The window must be filled, then ask again.</summary>
    NeedsMore,
    End,
}

/// <summary>Finds records in a window, one after the other.</summary>
internal abstract class RecordReader
{
    public abstract Row Row { get; }

    /// <summary>Offset in the input of the record that was read last.</summary>
    public long RecordOffset { get; protected set; }

    /// <exception cref="SelectException">The bytes are not of the format.</exception>
    public abstract ReadOutcome Read();
}
