using ObjectStore.Select.Output;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Evaluation;

/// <summary>The record that a query looks at; one object for all of them.</summary>
internal abstract class Row
{
    /// <summary>Which record it is; caches of a record's values look at it.</summary>
    public long Number { get; protected set; }

    public Scratch Scratch { get; } = new();

    /// <summary>What <see cref="IRecordShape.TryBind"/> has given a slot for.</summary>
    public abstract void Read(int slot, out Value value);

    /// <summary>Writes the record as it is: SELECT *.</summary>
    public abstract void WriteAll(RecordWriter writer);

    protected void Begin()
    {
        Number++;
        Scratch.Reset();
    }
}

/// <summary>What names a record has.</summary>
internal interface IRecordShape
{
    /// <summary>Whether any name may be in a record: a name that is not is MISSING.</summary>
    bool IsOpen { get; }

    /// <summary>Whether records have names at all; without, a name in double quotes can only be meant as a text.</summary>
    bool HasNames { get; }

    /// <summary>The slot of a path; false if no record can have it.</summary>
    /// <param name="steps">Behind the table's alias; none for the whole record.</param>
    bool TryBind(ReadOnlySpan<Syntax.PathStep> steps, out int slot);
}
