using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Storage;
using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Moves records from the spool into the queue. How far a file has been moved stands in a row of its own, which the transaction that writes the records reads
/// and writes: so each record is moved once, whoever does it and whatever crashes. A file goes when all of it is moved, and then its row.
/// </summary>
internal sealed class LogSpoolFlusher(ObjectEngine engine, LogSpool spool, ILogger logger)
{
    private const int TransactionBytes = 2 << 20;

    /// <summary>What takes longer is of a drive that hangs.</summary>
    private static readonly TimeSpan DriveLimit = TimeSpan.FromSeconds(10);

    // A row of the queue takes 128 KiB, and one record may be longer than this.
    private const int RowBytes = 64 * 1024;

    /// <summary>Of one record; no row takes more. Those of today are shorter (<see cref="LogText.MaxFieldChars"/>).</summary>
    private const int MaxRecordBytes = 120 * 1024;

    private readonly Dictionary<LogSpoolFile, Dictionary<uint, LogRoute>> _routes = [];
    private readonly HashSet<DriveId> _searched = [];
    private readonly Dictionary<DriveId, Task> _work = [];

    /// <summary>Places in files where records are lost: something has changed them.</summary>
    public long Damages { get; private set; }

    /// <summary>Moves what was appended before it was called. One at a time.</summary>
    /// <param name="onMoved">What has been moved, or had been before, if the first attempt's outcome was not known.</param>
    public async ValueTask<Result<Done>> FlushAsync(Action<IReadOnlyList<LogFrame>> onMoved, CancellationToken ct)
    {
        var last = spool.End;
        while (spool.NextUnflushed(last, TransactionBytes) is var (file, from, blocks))
        {
            if (!_routes.TryGetValue(file, out var routes)) _routes.Add(file, routes = []);
            var frames = new List<LogFrame>();
            var end = from;
            foreach (var block in blocks) end = Parse(file.Name, block, end, routes, frames, null);
            var moved = await MoveAsync(file.Name, frames, end, ct);
            if (!moved.IsOk) return moved.Failure;
            onMoved(frames);
            spool.Flush(file, end);
        }
        return new Done();
    }

    /// <summary>Deletes files that have ended.</summary>
    /// <param name="all">Also the one that is in use.</param>
    public async ValueTask TidyAsync(bool all, CancellationToken ct)
    {
        foreach (var file in spool.Tidy(all))
        {
            _routes.Remove(file);
            if (file.Place is not { } place) await DeleteRowAsync(file.Name, ct);
            // A write that hangs may still come.
            else if (file.IsAbandoned || !await DeleteAsync(place, file.Name, ct)) spool.LeaveBehind(file.Name, 0);
            // A writer that hangs closes it when it comes back.
            if (!file.IsWriting) file.Close();
        }
    }

    /// <summary>
    /// Moves what former sessions have left on drives that are there now, and on those that come back; and what there was no memory for. Files on drives that
    /// are away wait, and their rows with them.
    /// </summary>
    /// <param name="onMoved">As with <see cref="FlushAsync"/>.</param>
    public async ValueTask RecoverAsync(Action<IReadOnlyList<LogFrame>> onMoved, CancellationToken ct)
    {
        // What was in memory alone is gone.
        if (_searched.Add(default)) await ForgetRowsAsync(default, [], ct);
        foreach (var place in spool.Places)
        {
            if (!place.IsUsable) _searched.Remove(place.Id);
            else if (_searched.Add(place.Id)) await SearchAsync(place, ct);
        }
        foreach (var name in spool.TakeLeftBehind())
        {
            var place = spool.Places.FirstOrDefault(place => place.Id == name.Drive && place.IsUsable);
            if (place is null || !await RecoverAsync(place, name, onMoved, ct)) spool.LeaveBehind(name, 0);
        }
    }

    private async ValueTask SearchAsync(ILogSpoolPlace place, CancellationToken ct)
    {
        if (await OnDriveAsync(place, () => Find(place)) is not (true, { } found))
        {
            _searched.Remove(place.Id);
            return;
        }
        // Those of this session are in memory, or among those left behind.
        foreach (var name in found.Where(name => name.Session != spool.Session)) spool.LeaveBehind(name, 0);
        await ForgetRowsAsync(place.Id, found, ct);
    }

    private static HashSet<LogSpoolName> Find(ILogSpoolPlace place)
    {
        var found = new HashSet<LogSpoolName>();
        var directory = Path.Combine(place.Directory, LogSpoolFile.DirectoryName);
        if (!place.FileSystem.DirectoryExists(directory)) return found;
        foreach (var entry in place.FileSystem.List(directory))
        {
            if (LogSpoolName.Parse(place.Id, entry.Name) is { } name) found.Add(name);
        }
        return found;
    }

    private static byte[] Read(ILogSpoolPlace place, LogSpoolName name)
    {
        var path = Path.Combine(place.Directory, LogSpoolFile.DirectoryName, name.FileName);
        return place.FileSystem.FileExists(path) ? place.FileSystem.ReadAllBytes(path) : [];
    }

    /// <summary>Does something on a drive, which may hang: then it is left alone for a while, and until that has ended.</summary>
    private async ValueTask<(bool IsDone, T? Value)> OnDriveAsync<T>(ILogSpoolPlace place, Func<T> work)
    {
        if (!spool.IsTrusted(place) || (_work.TryGetValue(place.Id, out var before) && !before.IsCompleted)) return default;
        var task = Task.Run(work);
        _work[place.Id] = task;
        try
        {
            return (true, await task.WaitAsync(DriveLimit, engine.Time));
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            spool.Distrust(place.Id);
            StoreLog.LogSpoolUnreadable(logger, place.Directory, e.Message);
            return default;
        }
    }

    /// <summary>A crash came between the end of a file and that of its row.</summary>
    private async ValueTask ForgetRowsAsync(DriveId drive, HashSet<LogSpoolName> found, CancellationToken ct)
    {
        var rows = new List<byte[]>();
        using (var snapshot = engine.Store.Snapshot())
        {
            var prefix = new byte[DriveId.SizeBytes];
            drive.WriteTo(prefix);
            using var cursor = snapshot.Scan(SchemaKeys.LogSpools(prefix));
            while (await cursor.MoveNextAsync(ct))
            {
                var (session, number) = SchemaKeys.LogSpoolFile(cursor.Key);
                if (session != spool.Session && !found.Contains(new LogSpoolName(drive, session, number))) rows.Add(cursor.Key.ToArray());
            }
        }
        if (rows.Count == 0) return;
        await engine.Transactions.RunAsync<Done>(transaction =>
        {
            foreach (var row in rows) transaction.Delete(row);
            return ValueTask.FromResult(new Result<Done>(new Done()));
        }, ct);
    }

    /// <returns>False if it has to be tried again.</returns>
    private async ValueTask<bool> RecoverAsync(ILogSpoolPlace place, LogSpoolName name, Action<IReadOnlyList<LogFrame>> onMoved, CancellationToken ct)
    {
        if (await OnDriveAsync(place, () => Read(place, name)) is not (true, { } content)) return false;
        if (!LogSpoolFormat.IsHeaderOf(content, name))
        {
            if (content.AsSpan().ContainsAnyExcept((byte)0)) ReportDamage(place, name, 0, content.Length);
            return await DeleteAsync(place, name, ct);
        }
        var routes = new Dictionary<uint, LogRoute>();
        for (long from = LogSpoolFormat.HeaderBytes; from < content.Length;)
        {
            var frames = new List<LogFrame>();
            var end = Parse(name, content.AsMemory((int)from), from, routes, frames, place);
            if (frames.Count > 0)
            {
                if (!(await MoveAsync(name, frames, end, ct)).IsOk) return false;
                onMoved(frames);
            }
            if (end == from) break;
            from = end;
        }
        return await DeleteAsync(place, name, ct);
    }

    /// <summary>Appends frames, until they are enough for a transaction.</summary>
    /// <param name="place">Of a file that was read, which may be damaged; null of memory, which is taken whole.</param>
    /// <returns>Where they end.</returns>
    private long Parse(LogSpoolName name, ReadOnlyMemory<byte> bytes, long from, Dictionary<uint, LogRoute> routes, List<LogFrame> frames, ILogSpoolPlace? place)
    {
        var taken = 0;
        var position = 0;
        while (position < bytes.Length && (place is null || taken < TransactionBytes))
        {
            var payload = LogSpoolFormat.Open(bytes[position..], name, from + position);
            if (payload.IsEmpty)
            {
                // In a file it is the end, unless there is something whole behind it.
                var next = place is null ? throw new InvalidDataException("The spool is damaged in memory.") : FindFrame(bytes, position + 1, name, from);
                if (next < 0) break;
                ReportDamage(place, name, from + position, next - position);
                position = next;
                continue;
            }
            if (LogSpoolFormat.Read(payload, from + position, routes, out var isUnknown) is { } frame)
            {
                frames.Add(frame);
                taken += frame.Lines.Length;
            }
            else if (isUnknown && place is not null)
            {
                ReportDamage(place, name, from + position, payload.Length);
            }
            position += LogSpoolFormat.FrameBytes + payload.Length;
        }
        return from + position;
    }

    private static int FindFrame(ReadOnlyMemory<byte> bytes, int position, LogSpoolName name, long from)
    {
        for (; position < bytes.Length - LogSpoolFormat.FrameBytes; position++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[position..]) is 0 or > LogSpoolFormat.MaxPayloadBytes) continue;
            if (!LogSpoolFormat.Open(bytes[position..], name, from + position).IsEmpty) return position;
        }
        return -1;
    }

    private void ReportDamage(ILogSpoolPlace place, LogSpoolName name, long offset, long bytes)
    {
        Damages++;
        StoreLog.LogSpoolDamaged(logger, Path.Combine(place.Directory, LogSpoolFile.DirectoryName, name.FileName), offset, bytes);
    }

    /// <summary>Writes rows for the frames that are not in the queue yet, and that they are.</summary>
    private async ValueTask<Result<Done>> MoveAsync(LogSpoolName name, List<LogFrame> frames, long end, CancellationToken ct)
    {
        var positionRow = name.RowKey();
        return await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var moved = await ReadPositionAsync(transaction, positionRow, ct);
            if (moved >= end) return new Done();
            foreach (var row in ToRows(frames, moved)) transaction.PutRecord(row.Key, row.Row);
            transaction.Put(positionRow, PositionOf(end));
            return new Done();
        }, ct);
    }

    private List<QueuedLog> ToRows(List<LogFrame> frames, long from)
    {
        var rows = new List<QueuedLog>();
        var open = new Dictionary<(LogRoute, uint, DateTime), (ulong Ticks, MemoryStream Lines, int Count)>();
        foreach (var frame in frames)
        {
            if (frame.Offset < from) continue;
            var key = (frame.Route, frame.Part, KvRecords.FromTicks(frame.Ticks).Date);
            if (open.TryGetValue(key, out var chunk) && chunk.Lines.Length + frame.Lines.Length > RowBytes)
            {
                rows.Add(ToRow(frame.Route, chunk.Ticks, chunk.Count, chunk.Lines));
                chunk = default;
            }
            if (chunk.Lines is null) chunk = (frame.Ticks, new MemoryStream(), 0);
            Write(chunk.Lines, frame.Lines.Span);
            open[key] = chunk with { Count = chunk.Count + frame.Count };
        }
        foreach (var ((route, _, _), chunk) in open) rows.Add(ToRow(route, chunk.Ticks, chunk.Count, chunk.Lines));
        return rows;
    }

    /// <summary>A record that is too long loses its end: it must not hold up all others.</summary>
    private static void Write(MemoryStream chunk, ReadOnlySpan<byte> lines)
    {
        if (lines.Length <= MaxRecordBytes)
        {
            chunk.Write(lines);
            return;
        }
        chunk.Write(lines[..(MaxRecordBytes - 1)]);
        chunk.WriteByte((byte)'\n');
    }

    private QueuedLog ToRow(LogRoute route, ulong ticks, int count, MemoryStream lines)
    {
        var id = engine.Ids.Next();
        return new QueuedLog(SchemaKeys.LogRow(route.Stream, ticks, id.Session, id.Number), route.ToRow(count, lines.GetBuffer().AsSpan(0, (int)lines.Length)));
    }

    private async ValueTask<bool> DeleteAsync(ILogSpoolPlace place, LogSpoolName name, CancellationToken ct)
    {
        // In this order: a file without its row would be moved again.
        var (isDeleted, _) = await OnDriveAsync(place, () =>
        {
            LogSpoolFile.Delete(place, name);
            return true;
        });
        if (!isDeleted) return false;
        return await DeleteRowAsync(name, ct);
    }

    private async ValueTask<bool> DeleteRowAsync(LogSpoolName name, CancellationToken ct) => (await engine.Transactions.RunAsync<Done>(transaction =>
    {
        transaction.Delete(name.RowKey());
        return ValueTask.FromResult(new Result<Done>(new Done()));
    }, ct)).IsOk;

    private static async ValueTask<long> ReadPositionAsync(IKvReader reader, byte[] row, CancellationToken ct) =>
        await reader.GetAsync(row, ct) is { } value ? BinaryPrimitives.ReadInt64BigEndian(value.Span) : 0;

    private static byte[] PositionOf(long end)
    {
        var value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, end);
        return value;
    }
}
