using System.Collections;

namespace ObjectStore.Rocks;

/// <summary>The column families to open a database with, in order. "default" is added in front when it is not named.</summary>
public sealed class ColumnFamilies : IEnumerable<ColumnFamilies.Descriptor>
{
    public const string DefaultName = "default";

    private readonly List<Descriptor> _descriptors = [];

    public readonly record struct Descriptor(string Name, ColumnFamilyOptions Options);

    public void Add(string name, ColumnFamilyOptions options) => _descriptors.Add(new Descriptor(name, options));

    public IEnumerator<Descriptor> GetEnumerator() => _descriptors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Names a column family of an open database; valid as long as the database is open.</summary>
public sealed class ColumnFamilyHandle
{
    internal ColumnFamilyHandle(string name, nint pointer)
    {
        Name = name;
        Pointer = pointer;
    }

    public string Name { get; }

    internal nint Pointer { get; }
}
