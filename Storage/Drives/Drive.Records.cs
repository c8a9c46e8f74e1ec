using System.Buffers.Binary;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>The highest session and metadata LSN that a drive has seen; metadata older than its drives is not to be trusted.</summary>
public readonly record struct SeenMark(uint Session, long Lsn)
{
    internal const int SizeBytes = 16;

    internal byte[] Encode()
    {
        var bytes = new byte[SizeBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Session);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Lsn);
        return bytes;
    }

    internal static SeenMark Decode(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
}

/// <summary>Small durable records that the metadata keeps on its drives.</summary>
public sealed partial class Drive
{
    private readonly SemaphoreSlim _recordGate = new(1);
    private SeenMark _seen;

    /// <summary>The highest session and LSN that <see cref="SetSeenAsync"/> made durable.</summary>
    public SeenMark Seen => _seen;

    /// <summary>The metadata's membership record, opaque here; null if none was ever written. Blocks.</summary>
    /// <exception cref="DriveException">It is damaged or cannot be read.</exception>
    public byte[]? ReadMembership()
    {
        ThrowIfNotServing();
        try
        {
            return DurableRecord.Read(FileSystem, Location, DriveLayout.Membership, Id);
        }
        catch (FileSystemException e)
        {
            throw Translate(e, "reading the membership record");
        }
    }

    /// <summary>Replaces the membership record; durable and whole when the task completes. At most 4 KiB.</summary>
    /// <exception cref="DriveException">The old record or the new one is there, never a mixture.</exception>
    public async Task WriteMembershipAsync(ReadOnlyMemory<byte> record, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Length, DurableRecord.MaxBodyBytes);
        await _recordGate.WaitAsync(ct);
        try
        {
            await WriteRecordAsync(DriveLayout.Membership, record, ct);
        }
        finally
        {
            _recordGate.Release();
        }
    }

    /// <summary>Raises <see cref="Seen"/> durably to at least these values; never lowers it.</summary>
    public async Task SetSeenAsync(uint session, long lsn, CancellationToken ct)
    {
        await _recordGate.WaitAsync(ct);
        try
        {
            var raised = new SeenMark(Math.Max(session, _seen.Session), Math.Max(lsn, _seen.Lsn));
            if (raised == _seen) return;
            await WriteRecordAsync(DriveLayout.Seen, raised.Encode(), ct);
            _seen = raised;
        }
        finally
        {
            _recordGate.Release();
        }
    }

    private async Task WriteRecordAsync(string name, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        ThrowIfNotServing();
        try
        {
            await _writers.RunAsync(() => DurableRecord.Write(FileSystem, Location, name, Id, body.Span), ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, $"writing '{name}'");
        }
    }
}
