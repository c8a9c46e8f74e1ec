namespace ObjectStore.Metadata.Kv;

/// <summary>
/// An ordered map of bytes with optimistic, serialisable transactions. Keys sort as unsigned bytes.
/// The first byte of a key is its table (<see cref="KvTables"/>), which backends may store apart.
/// </summary>
public interface IKeyValueStore : IAsyncDisposable
{
    /// <summary>A read-only view of now; never conflicts.</summary>
    IKvSnapshot Snapshot();

    /// <summary>A transaction that reads from a snapshot of now and sees its own writes.</summary>
    IKvTransaction Begin();
}

public static class KvLimits
{
    /// <summary>Longest key: PostgreSQL's btree takes no longer one; an S3 key of 1,024 zero bytes escapes to 2,048.</summary>
    public const int MaxKeyBytes = 2_560;

    public const int MaxValueBytes = 128 * 1024;

    /// <summary>Most bytes of keys and values that one transaction writes.</summary>
    public const int MaxTransactionBytes = 8 * 1024 * 1024;
}

/// <summary>Keys in [From, To); an empty To means "to the end".</summary>
public readonly record struct KeyRange(ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> To);

public interface IKvReader
{
    /// <summary>The value, or null if there is none. The memory is the caller's to keep.</summary>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default);

    /// <summary>A cursor over a range, before its first row (behind its last when <paramref name="reverse"/>). Dispose it.</summary>
    IKvCursor Scan(KeyRange range, bool reverse = false);
}

/// <summary>
/// Rows of a range in order. Spans are valid until the next call. Not thread-safe. A transaction's cursor sees the
/// transaction's writes, those ahead of it that are made while it is open included. Dispose it before its reader.
/// </summary>
public interface IKvCursor : IDisposable
{
    /// <summary>Moves to the next row; false at the end. Completes synchronously where the rows are local.</summary>
    ValueTask<bool> MoveNextAsync(CancellationToken ct = default);

    /// <summary>Moves to the first row at or after <paramref name="key"/> (at or before, in reverse) within the range; false if there is none. A seek costs one look-up, however many rows it passes.</summary>
    ValueTask<bool> SeekAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default);

    ReadOnlySpan<byte> Key { get; }

    ReadOnlySpan<byte> Value { get; }
}

public interface IKvSnapshot : IKvReader, IDisposable;

/// <summary>
/// Reads are remembered (points, misses, and the parts of ranges that cursors really covered); commit fails if any of
/// them has changed since. Not thread-safe. Dispose always; disposing without commit abandons it.
/// </summary>
public interface IKvTransaction : IKvReader, IDisposable
{
    void Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value);

    void Delete(ReadOnlyMemory<byte> key);

    void DeleteRange(KeyRange range);

    /// <summary>Adds to a 64-bit little-endian counter at commit, without conflict; a missing row counts as 0. Do not mix with Put on one key in one transaction.</summary>
    void Add(ReadOnlyMemory<byte> key, long delta);

    /// <summary>Like <see cref="Add"/>, but the commit fails with <see cref="KvFault.BoundExceeded"/> if the sum would be above <paramref name="max"/> and delta is positive.</summary>
    void AddBounded(ReadOnlyMemory<byte> key, long delta, long max);

    /// <summary>Durable and visible when it returns.</summary>
    /// <exception cref="KvException">See <see cref="KvFault"/>.</exception>
    ValueTask CommitAsync(CancellationToken ct = default);
}

public enum KvFault
{
    /// <summary>Something that was read has changed: run the transaction again.</summary>
    Conflict,

    /// <summary>A bounded counter would pass its maximum (a hard quota).</summary>
    BoundExceeded,

    /// <summary>A key, value or the transaction is over <see cref="KvLimits"/>.</summary>
    TooLarge,

    /// <summary>The store cannot commit now; nothing was written.</summary>
    Unavailable,

    /// <summary>The store failed while committing: the transaction may or may not be there after it comes back. Never retried blindly.</summary>
    UnknownOutcome,

    /// <summary>Stored bytes do not verify.</summary>
    Corrupt,
}

public sealed class KvException(KvFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public KvFault Fault { get; } = fault;

    /// <summary>Whether running the whole transaction again may succeed.</summary>
    public bool IsTransient => Fault is KvFault.Conflict or KvFault.Unavailable;
}
