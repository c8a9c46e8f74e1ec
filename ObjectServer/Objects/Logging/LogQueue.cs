using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A row of the queue, and where it stands.</summary>
internal readonly record struct QueuedLog(byte[] Key, LogRowRecord Row)
{
    public ulong Ticks => SchemaKeys.LogTicks(Key);
}

/// <summary>What waits of one stream.</summary>
internal readonly record struct QueuedStream(UInt128 Id, ulong FirstTicks, long Bytes, LogRowRecord First);

/// <summary>Records of requests on their way into log objects: durable rows, ordered by stream and time.</summary>
internal sealed class LogQueue(ObjectEngine engine)
{
    public async ValueTask<IReadOnlyList<QueuedStream>> ListStreamsAsync(CancellationToken ct)
    {
        var streams = new List<QueuedStream>();
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.LogRows());
        while (await cursor.MoveNextAsync(ct))
        {
            var id = SchemaKeys.LogStream(cursor.Key);
            if (streams.Count > 0 && streams[^1].Id == id) streams[^1] = streams[^1] with { Bytes = streams[^1].Bytes + cursor.Value.Length };
            else streams.Add(new QueuedStream(id, SchemaKeys.LogTicks(cursor.Key), cursor.Value.Length, LogRowRecord.Parser.ParseFrom(cursor.Value)));
        }
        return streams;
    }

    /// <summary>Rows of a stream from before <paramref name="beforeTicks"/>, the oldest first, until <paramref name="onRow"/> returns false.</summary>
    public async ValueTask ReadAsync(UInt128 stream, ulong beforeTicks, Func<QueuedLog, ValueTask<bool>> onRow, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.LogRows(stream));
        while (await cursor.MoveNextAsync(ct))
        {
            if (SchemaKeys.LogTicks(cursor.Key) >= beforeTicks) return;
            if (!await onRow(new QueuedLog(cursor.Key.ToArray(), LogRowRecord.Parser.ParseFrom(cursor.Value)))) return;
        }
    }

    public async ValueTask<Result<Done>> DeleteAsync(IReadOnlyList<QueuedLog> rows, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction => await TakeAsync(transaction, rows, ct) is { } failure ? failure : new Done(), ct);

    /// <summary>Takes rows away, in the transaction that writes what becomes of them. A failure if one is gone already.</summary>
    public static async ValueTask<Failure?> TakeAsync(IKvTransaction transaction, IReadOnlyList<QueuedLog> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            if (await transaction.GetAsync(row.Key, ct) is null) return new Failure(ObjectFault.PreconditionFailed) { Message = "The records have been delivered already." };
            transaction.Delete(row.Key);
        }
        return null;
    }
}
