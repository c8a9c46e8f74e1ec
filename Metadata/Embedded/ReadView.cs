using ObjectStore.Metadata.Kv;
using ObjectStore.Rocks;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// The rows as they are after one commit, shared by all readers that begin before the next. Counted: the database
/// snapshot goes when the store has moved on and the last reader is done.
/// </summary>
internal sealed class ReadView
{
    private readonly Snapshot _snapshot;
    private readonly ReadOptions _options;
    private int _references = 1;

    public ReadView(Mirror mirror, long sequence)
    {
        Mirror = mirror;
        Sequence = sequence;
        mirror.AddReader();
        _snapshot = mirror.Database.Rocks.CreateSnapshot();
        _options = new ReadOptions().SetSnapshot(_snapshot);
    }

    public Mirror Mirror { get; }

    /// <summary>LSN of the last commit that the view has.</summary>
    public long Sequence { get; }

    /// <summary>False if the view is gone already: take the newer one.</summary>
    public bool TryAcquire()
    {
        while (true)
        {
            var references = Volatile.Read(ref _references);
            if (references == 0) return false;
            if (Interlocked.CompareExchange(ref _references, references + 1, references) == references) return true;
        }
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0) return;
        _options.Dispose();
        _snapshot.Dispose();
        Mirror.RemoveReader();
    }

    public ReadOnlyMemory<byte>? Get(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty) return null;
        try
        {
            return Mirror.Database.Rocks.Get(key, Mirror.Database.FamilyOf(key), _options) is { } value ? value : default(ReadOnlyMemory<byte>?);
        }
        catch (RocksDbException exception)
        {
            throw Mirror.ReadFailed(exception);
        }
    }

    /// <summary>An iterator over [from, to) of one family; an empty end means its end.</summary>
    public Iterator Iterate(int family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        using var options = new ReadOptions().SetSnapshot(_snapshot).SetIterateLowerBound(from).SetBackgroundPurgeOnIteratorCleanup();
        if (!to.IsEmpty) options.SetIterateUpperBound(to);
        return Mirror.Database.Rocks.NewIterator(Mirror.Database.Family(family), options);
    }
}
