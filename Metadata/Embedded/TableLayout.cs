using ObjectStore.Metadata.Kv;
using ObjectStore.Rocks;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Which column family a table lies in: rows that are read together share one, and rows that come and go (queues,
/// counters) or are long (inlined bytes) do not burden the others. Only the database knows this; the journal does not.
/// </summary>
internal static class TableLayout
{
    /// <summary>The database's own rows: how far it has applied the journal.</summary>
    public const string OwnFamily = ColumnFamilies.DefaultName;

    public static readonly IReadOnlyList<string> Families = ["index", "inline", "contents", "work"];

    /// <summary>Behind every key that there can be.</summary>
    public static readonly byte[] EndOfKeys = CreateEndOfKeys();

    private static readonly byte[] FamilyOfTable = CreateMap();

    /// <summary>Index in <see cref="Families"/> of the family that keys with this first byte lie in.</summary>
    public static int FamilyOf(byte table) => FamilyOfTable[table];

    /// <summary>Whether a range touches a family.</summary>
    public static bool Touches(int family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var (first, last) = Tables(from, to);
        for (var table = first; table <= last; table++)
        {
            if (FamilyOfTable[table] == family) return true;
        }
        return false;
    }

    /// <summary>First and last table that a range may have keys in; the last is below the first when it has none.</summary>
    public static (int First, int Last) Tables(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        (from.IsEmpty ? 0 : from[0], to.IsEmpty ? byte.MaxValue : to.Length == 1 ? to[0] - 1 : to[0]);

    private static byte[] CreateMap()
    {
        var map = new byte[256];
        foreach (var table in (byte[])[KvTables.InlineData, KvTables.Annotations]) map[table] = 1;
        foreach (var table in (byte[])[KvTables.Contents, KvTables.ContentReferences, KvTables.Manifests]) map[table] = 2;
        foreach (var table in (byte[])
            [KvTables.Uploads, KvTables.Parts, KvTables.Garbage, KvTables.LostShards, KvTables.LostDrives, KvTables.Due, KvTables.Queues, KvTables.Counters])
            map[table] = 3;
        return map;
    }

    private static byte[] CreateEndOfKeys()
    {
        var end = new byte[KvLimits.MaxKeyBytes + 1];
        end.AsSpan().Fill(0xFF);
        return end;
    }
}
