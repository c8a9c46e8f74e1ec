using System.Security.Cryptography;
using System.Text;

namespace ObjectStore.Server.Objects;

/// <summary>Data keys that a remote manager has opened, for a while: bounded in number and in time. For any number of threads.</summary>
internal sealed class DataKeyCache(int capacity, TimeSpan lifetime, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Id, Entry> _entries = [];

    // In the order of their ends, as all live equally long.
    private readonly Queue<(Id Id, long Stamp)> _ends = [];
    private long _stamp;

    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>A copy of the data key, which the caller clears; null if it is not here.</summary>
    public byte[]? Find(string keyId, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> boundTo)
    {
        if (capacity == 0) return null;
        var id = IdOf(keyId, wrapped, boundTo);
        lock (_lock)
        {
            DropEnded();
            return _entries.TryGetValue(id, out var entry) ? entry.DataKey.AsSpan().ToArray() : null;
        }
    }

    /// <summary>Keeps a copy, in the place of the oldest where there is no room.</summary>
    public void Add(string keyId, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> boundTo, ReadOnlySpan<byte> dataKey)
    {
        if (capacity == 0) return;
        var id = IdOf(keyId, wrapped, boundTo);
        lock (_lock)
        {
            DropEnded();
            Drop(id);
            while (_entries.Count >= capacity) DropOldest();
            _entries.Add(id, new Entry(dataKey.ToArray(), time.GetTimestamp(), ++_stamp));
            _ends.Enqueue((id, _stamp));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_ends.Count > 0) DropOldest();
        }
    }

    private void DropEnded()
    {
        while (_ends.TryPeek(out var oldest))
        {
            var isCurrent = _entries.TryGetValue(oldest.Id, out var entry) && entry.Stamp == oldest.Stamp;
            if (isCurrent && time.GetElapsedTime(entry!.AddedAt) < lifetime) return;
            DropOldest();
        }
    }

    private void DropOldest()
    {
        var (id, stamp) = _ends.Dequeue();
        if (_entries.TryGetValue(id, out var entry) && entry.Stamp == stamp) Drop(id);
    }

    private void Drop(Id id)
    {
        if (_entries.Remove(id, out var entry)) CryptographicOperations.ZeroMemory(entry.DataKey);
    }

    /// <summary>A digest of all that has to be given to open it: who does not know it finds nothing.</summary>
    private static Id IdOf(string keyId, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> boundTo)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        Append(Encoding.UTF8.GetBytes(keyId), length);
        Append(wrapped, length);
        Append(boundTo, length);
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return new Id(BitConverter.ToUInt128(digest), BitConverter.ToUInt128(digest[16..]));

        void Append(ReadOnlySpan<byte> field, Span<byte> length)
        {
            BitConverter.TryWriteBytes(length, field.Length);
            hash.AppendData(length);
            hash.AppendData(field);
        }
    }

    private readonly record struct Id(UInt128 High, UInt128 Low);

    private sealed record Entry(byte[] DataKey, long AddedAt, long Stamp);
}
