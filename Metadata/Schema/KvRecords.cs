using Google.Protobuf;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Schema;

/// <summary>Records in and out of rows.</summary>
public static class KvRecords
{
    public static async ValueTask<T?> GetRecordAsync<T>(this IKvReader reader, ReadOnlyMemory<byte> key, MessageParser<T> parser, CancellationToken ct)
        where T : class, IMessage<T>
    {
        var value = await reader.GetAsync(key, ct);
        return value is null ? null : parser.ParseFrom(value.Value.Span);
    }

    public static void PutRecord(this IKvTransaction transaction, ReadOnlyMemory<byte> key, IMessage record) =>
        transaction.Put(key, record.ToByteArray());

    /// <summary>Whether a range has no row.</summary>
    public static async ValueTask<bool> IsEmptyAsync(this IKvReader reader, KeyRange range, CancellationToken ct)
    {
        using var cursor = reader.Scan(range);
        return !await cursor.MoveNextAsync(ct);
    }

    /// <summary>100 ns since 1970, the unit of every *_ticks field.</summary>
    public static ulong ToTicks(this DateTimeOffset time) => (ulong)(time.UtcTicks - DateTime.UnixEpoch.Ticks);

    public static DateTimeOffset FromTicks(ulong ticks) => new(DateTime.UnixEpoch.Ticks + (long)ticks, TimeSpan.Zero);
}
