using System.Buffers;
using System.Buffers.Binary;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// The payload of a journal record: one group of transactions as the rows that they leave (counters are resolved), so
/// that applying it twice does no harm.
/// </summary>
/// <remarks>
/// Drawn in docs/formats/journal.md:
/// version (1), zeros (3), transactions (4), epoch (8), LSN (8), then changes: kind (1) and byte strings, each with its
/// length as a varint in front. Little-endian.
/// </remarks>
internal static class JournalBatch
{
    public const byte RecordKind = 1;
    public const int HeaderBytes = 24;
    private const byte Version = 1;

    /// <summary>Most bytes that a change has beside its key and value: kind and two lengths.</summary>
    public const int ChangeOverheadBytes = 1 + 3 + 3;

    public readonly record struct Header(int Transactions, ulong Epoch, long Lsn);

    public static void WriteHeader(Span<byte> payload, Header header)
    {
        payload[..HeaderBytes].Clear();
        payload[0] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(payload[4..], header.Transactions);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], header.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(payload[16..], header.Lsn);
    }

    /// <exception cref="InvalidDataException">Not a payload, or of a newer format.</exception>
    public static Header ReadHeader(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < HeaderBytes) throw Malformed();
        if (payload[0] != Version) throw new InvalidDataException($"The journal has records of version {payload[0]}, which this program does not know.");
        return new Header(
            BinaryPrimitives.ReadInt32LittleEndian(payload[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[16..]));
    }

    public static ChangeReader Changes(ReadOnlySpan<byte> payload) => new(payload[HeaderBytes..]);

    internal static InvalidDataException Malformed() => new("A journal record verifies but is not of the form that it must have.");
}

internal enum ChangeKind : byte
{
    Put = 1,
    Delete = 2,

    /// <summary>The key is the first one, the value the end (empty: to the end of all).</summary>
    DeleteRange = 3,
}

/// <summary>Builds a payload in a pooled buffer that grows.</summary>
internal sealed class JournalBatchWriter
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _length = JournalBatch.HeaderBytes;

    public int LengthBytes => _length;

    public void Append(ChangeKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        EnsureRoom(JournalBatch.ChangeOverheadBytes + key.Length + value.Length);
        _buffer[_length++] = (byte)kind;
        AppendBytes(key);
        if (kind != ChangeKind.Delete) AppendBytes(value);
    }

    /// <summary>Hands the buffer over; the writer is empty afterwards.</summary>
    public (byte[] Buffer, int LengthBytes) Complete(JournalBatch.Header header)
    {
        JournalBatch.WriteHeader(_buffer, header);
        var result = (_buffer, _length);
        _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        _length = JournalBatch.HeaderBytes;
        return result;
    }

    private void AppendBytes(ReadOnlySpan<byte> bytes)
    {
        var rest = (uint)bytes.Length;
        for (; rest >= 0x80; rest >>= 7) _buffer[_length++] = (byte)(rest | 0x80);
        _buffer[_length++] = (byte)rest;
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void EnsureRoom(int lengthBytes)
    {
        if (_buffer.Length - _length >= lengthBytes) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + lengthBytes));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}

/// <summary>Walks over the changes of a payload.</summary>
internal ref struct ChangeReader(ReadOnlySpan<byte> changes)
{
    private ReadOnlySpan<byte> _rest = changes;

    public ChangeKind Kind { get; private set; }

    public ReadOnlySpan<byte> Key { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        Kind = (ChangeKind)_rest[0];
        if (Kind is < ChangeKind.Put or > ChangeKind.DeleteRange) throw JournalBatch.Malformed();
        _rest = _rest[1..];
        Key = ReadBytes();
        Value = Kind == ChangeKind.Delete ? default : ReadBytes();
        return true;
    }

    private ReadOnlySpan<byte> ReadBytes()
    {
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (_rest.IsEmpty || shift > 21) throw JournalBatch.Malformed();
            var part = _rest[0];
            _rest = _rest[1..];
            length |= (part & 0x7F) << shift;
            if (part < 0x80) break;
        }
        if (length > _rest.Length) throw JournalBatch.Malformed();
        var bytes = _rest[..length];
        _rest = _rest[length..];
        return bytes;
    }
}
