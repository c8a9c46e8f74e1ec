namespace ObjectStore.Select.Input;

/// <summary>One block: Huffman codes, move to front, the Burrows-Wheeler transform, runs.</summary>
internal sealed class Bzip2Block
{
    private const int MaxCodeBits = 20;
    private const int GroupSize = 50;

    private static readonly uint[] CrcTable = MakeCrcTable();

    // A byte in the lowest 8 bits, the index of the one that follows it above.
    private uint[] _links = [];
    private int _left;
    private uint _next;
    private int _runLength;
    private int _previous;
    private int _repeats;
    private uint _expectedCrc;
    private uint _crc;
    private bool _isOpen;

    /// <summary>Reads a block, whose bytes <see cref="Emit"/> then gives.</summary>
    /// <returns>The CRC that it has.</returns>
    public uint Decode(ref Bzip2Bits bits, int maxBytes)
    {
        if (_links.Length < maxBytes) _links = new uint[maxBytes];
        _expectedCrc = bits.ReadWord();
        if (bits.Read(1) != 0) throw new InvalidDataException("Randomised blocks of bzip2 are not supported.");
        var origin = bits.Read(24);
        var symbols = ReadSymbols(ref bits);
        var (tables, selectors) = ReadTables(ref bits, symbols.Length + 2);
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        _left = ReadBytes(ref bits, symbols, tables, selectors, maxBytes, counts);
        if (_left > 0 && origin >= _left) throw new InvalidDataException("A block of bzip2 is damaged.");
        Link(counts);
        if (_left > 0) _next = _links[origin] >> 8;
        (_runLength, _previous, _repeats, _crc, _isOpen) = (0, -1, 0, uint.MaxValue, true);
        return _expectedCrc;
    }

    /// <summary>The next bytes; 0 at the block's end.</summary>
    /// <exception cref="InvalidDataException">The block's CRC is wrong.</exception>
    public int Emit(Span<byte> destination)
    {
        var count = 0;
        while (count < destination.Length)
        {
            if (_repeats > 0)
            {
                _repeats--;
                Put(destination, ref count, (byte)_previous);
                continue;
            }

            if (_left == 0) break;
            _left--;
            var link = _links[_next];
            _next = link >> 8;
            var unit = (byte)link;
            // Behind four of the same stands how many more there are.
            if (_runLength == 4)
            {
                _repeats = unit;
                _runLength = 0;
                continue;
            }

            _runLength = unit == _previous ? _runLength + 1 : 1;
            _previous = unit;
            Put(destination, ref count, unit);
        }

        if (count == 0 && _isOpen)
        {
            _isOpen = false;
            if (~_crc != _expectedCrc) throw new InvalidDataException("The checksum of a block of bzip2 is wrong.");
        }

        return count;
    }

    private void Put(Span<byte> destination, ref int count, byte unit)
    {
        destination[count++] = unit;
        _crc = (_crc << 8) ^ CrcTable[(byte)((_crc >> 24) ^ unit)];
    }

    private static byte[] ReadSymbols(ref Bzip2Bits bits)
    {
        var ranges = bits.Read(16);
        var symbols = new List<byte>();
        for (var range = 0; range < 16; range++)
        {
            if ((ranges & (0x8000 >> range)) == 0) continue;
            var used = bits.Read(16);
            for (var index = 0; index < 16; index++)
            {
                if ((used & (0x8000 >> index)) != 0) symbols.Add((byte)((range * 16) + index));
            }
        }

        return symbols.Count > 0 ? [.. symbols] : throw new InvalidDataException("A block of bzip2 has no symbols.");
    }

    private static (HuffmanTable[] Tables, byte[] Selectors) ReadTables(ref Bzip2Bits bits, int alphabet)
    {
        var count = bits.Read(3);
        var selectorCount = bits.Read(15);
        if (count is < 2 or > 6 || selectorCount == 0) throw new InvalidDataException("A block of bzip2 is damaged.");
        Span<byte> order = [0, 1, 2, 3, 4, 5];
        var selectors = new byte[selectorCount];
        for (var index = 0; index < selectorCount; index++)
        {
            var place = 0;
            while (bits.Read(1) == 1)
            {
                if (++place >= count) throw new InvalidDataException("A block of bzip2 is damaged.");
            }

            selectors[index] = ToFront(order, place);
        }

        var tables = new HuffmanTable[count];
        for (var index = 0; index < count; index++) tables[index] = new HuffmanTable(ReadLengths(ref bits, alphabet));
        return (tables, selectors);
    }

    private static byte[] ReadLengths(ref Bzip2Bits bits, int alphabet)
    {
        var lengths = new byte[alphabet];
        var length = bits.Read(5);
        for (var index = 0; index < alphabet; index++)
        {
            while (true)
            {
                if (length is < 1 or > MaxCodeBits) throw new InvalidDataException("A block of bzip2 is damaged.");
                if (bits.Read(1) == 0) break;
                length += bits.Read(1) == 0 ? 1 : -1;
            }

            lengths[index] = (byte)length;
        }

        return lengths;
    }

    private int ReadBytes(ref Bzip2Bits bits, byte[] symbols, HuffmanTable[] tables, byte[] selectors, int maxBytes, scoped Span<int> counts)
    {
        var order = symbols.AsSpan();
        var end = symbols.Length + 1;
        var (length, run, runUnit, group, left) = (0, 0L, 1L, -1, 0);
        HuffmanTable? table = null;
        while (true)
        {
            if (left-- == 0)
            {
                if (++group >= selectors.Length) throw new InvalidDataException("A block of bzip2 is damaged.");
                table = tables[selectors[group]];
                left = GroupSize - 1;
            }

            var symbol = table!.Read(ref bits);
            if (symbol <= 1)
            {
                // The length of a run in digits of 1 and 2.
                run += runUnit << symbol;
                runUnit <<= 1;
                if (run > maxBytes) throw new InvalidDataException("A block of bzip2 is too long.");
                continue;
            }

            if (run > 0)
            {
                if (length + run > maxBytes) throw new InvalidDataException("A block of bzip2 is too long.");
                _links.AsSpan(length, (int)run).Fill(order[0]);
                counts[order[0]] += (int)run;
                length += (int)run;
                (run, runUnit) = (0, 1);
            }

            if (symbol == end) return length;
            if (length == maxBytes) throw new InvalidDataException("A block of bzip2 is too long.");
            var unit = ToFront(order, symbol - 1);
            counts[unit]++;
            _links[length++] = unit;
        }
    }

    private void Link(Span<int> counts)
    {
        var sum = 0;
        foreach (ref var count in counts)
        {
            (count, sum) = (sum, sum + count);
        }

        for (var index = 0; index < _left; index++) _links[counts[(byte)_links[index]]++] |= (uint)index << 8;
    }

    private static byte ToFront(Span<byte> order, int place)
    {
        var unit = order[place];
        order[..place].CopyTo(order[1..]);
        order[0] = unit;
        return unit;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var index = 0u; index < 256; index++)
        {
            var crc = index << 24;
            for (var bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc >> 31) * 0x04c11db7);
            table[index] = crc;
        }

        return table;
    }

    /// <summary>Canonical codes, found by their length.</summary>
    private sealed class HuffmanTable
    {
        private readonly int[] _limits = new int[MaxCodeBits + 2];
        private readonly int[] _offsets = new int[MaxCodeBits + 2];
        private readonly ushort[] _symbols;

        public HuffmanTable(byte[] lengths)
        {
            _symbols = new ushort[lengths.Length];
            var (code, at) = (0, 0);
            for (var length = 1; length <= MaxCodeBits; length++)
            {
                _offsets[length] = at - code;
                for (var symbol = 0; symbol < lengths.Length; symbol++)
                {
                    if (lengths[symbol] != length) continue;
                    _symbols[at++] = (ushort)symbol;
                    code++;
                }

                // Codes of this length, seen as codes of the greatest, are below it.
                _limits[length] = code << (MaxCodeBits - length);
                code <<= 1;
            }
        }

        public int Read(ref Bzip2Bits bits)
        {
            var next = bits.Peek(MaxCodeBits);
            for (var length = 1; length <= MaxCodeBits; length++)
            {
                if (next >= _limits[length]) continue;
                var index = _offsets[length] + bits.Read(length);
                return (uint)index < (uint)_symbols.Length ? _symbols[index] : throw new InvalidDataException("A block of bzip2 is damaged.");
            }

            throw new InvalidDataException("A block of bzip2 is damaged.");
        }
    }
}
