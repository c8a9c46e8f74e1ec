using System.Buffers.Binary;

namespace ObjectStore.Metadata.Kv;

/// <summary>
/// Order-preserving encoding of key parts, written one behind the other. Byte strings escape 00 as 00 FF and end with
/// 00 01, so that a string sorts before all that it is a prefix of, and no part runs into the next. Integers are
/// big-endian; inverted ones (~) sort newest first.
/// </summary>
/// <remarks>Drawn in docs/formats/metadata-keys.md; keep in step.</remarks>
public ref struct KeyWriter
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <param name="buffer">Takes the key; <see cref="KvLimits.MaxKeyBytes"/> are always enough for a valid one.</param>
    /// <param name="table">One of <see cref="KvTables"/>.</param>
    public KeyWriter(Span<byte> buffer, byte table)
    {
        _buffer = buffer;
        _buffer[0] = table;
        _length = 1;
    }

    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    /// <summary>The key as memory of its own.</summary>
    public readonly byte[] ToArray() => Written.ToArray();

    public void Byte(byte value) => Take(sizeof(byte))[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(sizeof(ulong)), value);

    /// <summary>Sorts the largest first.</summary>
    public void InvertedUInt64(ulong value) => UInt64(~value);

    /// <summary>Signed, negative ones first: the sign bit is flipped.</summary>
    public void Int64(long value) => UInt64((ulong)value ^ (1UL << 63));

    /// <summary>Fixed-length bytes, such as ids: no escape, no terminator.</summary>
    public void Raw(scoped ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>A whole byte string: escaped and terminated.</summary>
    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        Prefix(value);
        var end = Take(2);
        end[0] = KeyEncoding.Escape;
        end[1] = KeyEncoding.Terminator;
    }

    /// <summary>The beginning of a byte string, escaped but not terminated: in front of every string that begins with it.</summary>
    public void Prefix(scoped ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var zero = value.IndexOf(KeyEncoding.Escape);
            if (zero < 0)
            {
                Raw(value);
                return;
            }
            Raw(value[..(zero + 1)]);
            Byte(KeyEncoding.EscapedZero);
            value = value[(zero + 1)..];
        }
    }

    private Span<byte> Take(int lengthBytes)
    {
        if (lengthBytes > _buffer.Length - _length) throw new KvException(KvFault.TooLarge, "The key is longer than its buffer.");
        var part = _buffer.Slice(_length, lengthBytes);
        _length += lengthBytes;
        return part;
    }
}

/// <summary>Reads the parts of a key in the order in which <see cref="KeyWriter"/> wrote them.</summary>
/// <exception cref="KvException"><see cref="KvFault.Corrupt"/> when the key is not of that form.</exception>
public ref struct KeyReader
{
    private ReadOnlySpan<byte> _rest;

    public KeyReader(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty) throw KeyEncoding.Malformed();
        Table = key[0];
        _rest = key[1..];
    }

    public byte Table { get; }

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Raw(sizeof(byte))[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Raw(sizeof(ushort)));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Raw(sizeof(uint)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Raw(sizeof(ulong)));

    public ulong InvertedUInt64() => ~UInt64();

    public long Int64() => (long)(UInt64() ^ (1UL << 63));

    public ReadOnlySpan<byte> Raw(int lengthBytes)
    {
        if (lengthBytes > _rest.Length) throw KeyEncoding.Malformed();
        var part = _rest[..lengthBytes];
        _rest = _rest[lengthBytes..];
        return part;
    }

    /// <summary>Reads a byte string into <paramref name="destination"/> (at most as long as the key) and returns its length.</summary>
    public int Bytes(scoped Span<byte> destination)
    {
        var length = 0;
        while (true)
        {
            var zero = _rest.IndexOf(KeyEncoding.Escape);
            if (zero < 0 || zero + 1 == _rest.Length) throw KeyEncoding.Malformed();
            var mark = _rest[zero + 1];
            var plain = mark == KeyEncoding.EscapedZero ? zero + 1 : zero;
            if (plain > destination.Length - length) throw KeyEncoding.Malformed();
            _rest[..plain].CopyTo(destination[length..]);
            length += plain;
            _rest = _rest[(zero + 2)..];
            if (mark == KeyEncoding.Terminator) return length;
            if (mark != KeyEncoding.EscapedZero) throw KeyEncoding.Malformed();
        }
    }

    /// <summary>Reads a byte string as memory of its own.</summary>
    public byte[] Bytes()
    {
        Span<byte> buffer = stackalloc byte[KvLimits.MaxKeyBytes];
        return buffer[..Bytes(buffer)].ToArray();
    }

    /// <summary>Passes a byte string.</summary>
    public void SkipBytes()
    {
        Span<byte> buffer = stackalloc byte[KvLimits.MaxKeyBytes];
        Bytes(buffer);
    }
}

public static class KeyEncoding
{
    public const byte Escape = 0x00;
    public const byte EscapedZero = 0xFF;
    public const byte Terminator = 0x01;

    /// <summary>The first key behind <paramref name="key"/>.</summary>
    public static byte[] Successor(ReadOnlySpan<byte> key) => [.. key, 0];

    /// <summary>The first key behind all that begin with <paramref name="prefix"/>; empty ("to the end") if there is none.</summary>
    public static byte[] PrefixEnd(ReadOnlySpan<byte> prefix)
    {
        var last = prefix.LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0) return [];
        var end = prefix[..(last + 1)].ToArray();
        end[last]++;
        return end;
    }

    /// <summary>All keys that begin with <paramref name="prefix"/>.</summary>
    public static KeyRange PrefixRange(ReadOnlySpan<byte> prefix) => new(prefix.ToArray(), PrefixEnd(prefix));

    internal static KvException Malformed() => new(KvFault.Corrupt, "A key is not of the form that its table has.");
}
