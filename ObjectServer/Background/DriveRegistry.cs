using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <param name="Path">Where it is, or was last.</param>
/// <param name="AbsentSince">Null while it serves.</param>
internal sealed record RegisteredDrive(DriveId Id, string Path, DateTimeOffset? AbsentSince);

/// <summary>A drive that opened.</summary>
internal readonly record struct PresentDrive(DriveId Id, string Path);

/// <summary>What the store is made of, as the metadata remembers it: its parity, and every drive that was ever one of its own.</summary>
internal sealed class DriveRegistry(IKeyValueStore store, TimeProvider time)
{
    /// <summary>The parity that the store was made with; null if it is being made now.</summary>
    /// <exception cref="KvException">The metadata did not answer.</exception>
    public async ValueTask<int?> ReadParityAsync(CancellationToken ct)
    {
        using var snapshot = store.Snapshot();
        return await snapshot.GetRecordAsync(SchemaKeys.Store(), StoreRecord.Parser, ct) is { } record ? (int)record.ParityShards : null;
    }

    public async ValueTask<IReadOnlyList<RegisteredDrive>> ReadDrivesAsync(CancellationToken ct)
    {
        using var snapshot = store.Snapshot();
        return await ReadDrivesAsync(snapshot, ct);
    }

    /// <summary>Registers a new store, drives that are new, where each drive is now, and since when the others are away.</summary>
    /// <returns>Every drive of the store.</returns>
    /// <exception cref="KvException">The metadata could not commit.</exception>
    public async ValueTask<IReadOnlyList<RegisteredDrive>> EnrolAsync(int parity, IReadOnlyList<PresentDrive> present, CancellationToken ct)
    {
        using var transaction = store.Begin();
        var now = time.GetUtcNow();
        if (await transaction.GetAsync(SchemaKeys.Store(), ct) is null)
            transaction.PutRecord(SchemaKeys.Store(), new StoreRecord { ParityShards = (uint)parity, CreatedTicks = now.ToTicks() });
        var drives = (await ReadDrivesAsync(transaction, ct)).ToDictionary(drive => drive.Id);
        foreach (var (id, path) in present) await PutAsync(transaction, drives, new RegisteredDrive(id, path, null), ct);
        foreach (var absent in drives.Values.Where(drive => drive.AbsentSince is null && present.All(other => other.Id != drive.Id)).ToArray())
            await PutAsync(transaction, drives, absent with { AbsentSince = now }, ct);
        await transaction.CommitAsync(ct);
        return [.. drives.Values];
    }

    private async ValueTask PutAsync(IKvTransaction transaction, Dictionary<DriveId, RegisteredDrive> drives, RegisteredDrive drive, CancellationToken ct)
    {
        if (drives.TryGetValue(drive.Id, out var old) && old == drive) return;
        var key = SchemaKeys.RegisteredDrive(drive.Id);
        var record = await transaction.GetRecordAsync(key, DriveRecord.Parser, ct) ?? new DriveRecord { AddedTicks = time.GetUtcNow().ToTicks() };
        record.Path = drive.Path;
        record.AbsentTicks = drive.AbsentSince?.ToTicks() ?? 0;
        transaction.PutRecord(key, record);
        drives[drive.Id] = drive;
    }

    public static async ValueTask<IReadOnlyList<RegisteredDrive>> ReadDrivesAsync(IKvReader reader, CancellationToken ct)
    {
        var drives = new List<RegisteredDrive>();
        using var cursor = reader.Scan(SchemaKeys.RegisteredDrives());
        while (await cursor.MoveNextAsync(ct))
        {
            var record = DriveRecord.Parser.ParseFrom(cursor.Value);
            drives.Add(new RegisteredDrive(SchemaKeys.TrailingDrive(cursor.Key), record.Path,
                record.AbsentTicks == 0 ? null : KvRecords.FromTicks(record.AbsentTicks)));
        }
        return drives;
    }
}
