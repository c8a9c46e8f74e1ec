using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Finds versions in tables c, v and n, in a snapshot or a transaction.</summary>
internal static class VersionRows
{
    public static bool Has(this VersionRecord record, VersionFlags flag) => ((VersionFlags)record.Flags & flag) != 0;

    public static bool IsDeleteMarker(this VersionRecord record) => record.Has(VersionFlags.DeleteMarker);

    public static ValueTask<VersionRecord?> GetCurrentAsync(IKvReader reader, ulong bucketId, byte[] key, CancellationToken ct) =>
        reader.GetRecordAsync(SchemaKeys.Current(bucketId, key), VersionRecord.Parser, ct);

    /// <summary>The newest version of table v.</summary>
    public static async ValueTask<VersionRecord?> GetNewestOtherAsync(IKvReader reader, ulong bucketId, byte[] key, CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.Versions(bucketId, key));
        return await cursor.MoveNextAsync(ct) ? VersionRecord.Parser.ParseFrom(cursor.Value) : null;
    }

    /// <summary>The version of that sequence, in whichever table.</summary>
    public static async ValueTask<VersionRecord?> GetAsync(IKvReader reader, ulong bucketId, byte[] key, ulong sequence, CancellationToken ct)
    {
        var current = await GetCurrentAsync(reader, bucketId, key, ct);
        return current?.Sequence == sequence ? current : await reader.GetRecordAsync(SchemaKeys.Version(bucketId, key, sequence), VersionRecord.Parser, ct);
    }

    /// <summary>The null version where it stands in table v.</summary>
    public static async ValueTask<VersionRecord?> GetNullOtherAsync(IKvReader reader, ulong bucketId, byte[] key, CancellationToken ct)
    {
        var row = await reader.GetAsync(SchemaKeys.NullVersion(bucketId, key), ct);
        if (row is null) return null;
        var sequence = BinaryPrimitives.ReadUInt64BigEndian(row.Value.Span);
        return await reader.GetRecordAsync(SchemaKeys.Version(bucketId, key, sequence), VersionRecord.Parser, ct)
            ?? throw new KvException(KvFault.Corrupt, "A null version is named and has no row.");
    }

    /// <summary>The version that a client names; NoSuchVersion or InvalidVersionId if there is none.</summary>
    public static async ValueTask<Result<VersionRecord>> FindAsync(IKvReader reader, ulong bucketId, byte[] key, string versionId, CancellationToken ct)
    {
        var current = await GetCurrentAsync(reader, bucketId, key, ct);
        if (string.Equals(versionId, VersionId.NullName, StringComparison.Ordinal))
        {
            if (current is not null && current.Has(VersionFlags.Null)) return current;
            var other = await GetNullOtherAsync(reader, bucketId, key, ct);
            return other is null ? ObjectFault.NoSuchVersion : other;
        }
        if (!VersionId.TryParse(versionId, out var id)) return ObjectFault.InvalidVersionId;
        var found = current?.Sequence == id.Sequence
            ? current
            : await reader.GetRecordAsync(SchemaKeys.Version(bucketId, key, id.Sequence), VersionRecord.Parser, ct);
        // The null version goes by its name only.
        return found is null || found.Nonce != id.Nonce || found.Has(VersionFlags.Null) ? ObjectFault.NoSuchVersion : found;
    }

    public static byte[] EncodeSequence(ulong sequence)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, sequence);
        return bytes;
    }
}
