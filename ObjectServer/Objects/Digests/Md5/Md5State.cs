using System.Buffers.Binary;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>The four words A, B, C, D of RFC 1321.</summary>
internal unsafe struct Md5State
{
    public const int Words = 4;

    private fixed uint _words[Words];

    public static Md5State Initial
    {
        get
        {
            Md5State state = default;
            state._words[0] = 0x67452301;
            state._words[1] = 0xefcdab89;
            state._words[2] = 0x98badcfe;
            state._words[3] = 0x10325476;
            return state;
        }
    }

    public uint this[int word]
    {
        readonly get => _words[word];
        set => _words[word] = value;
    }

    /// <summary>On one lane.</summary>
    public void Compress(byte* start, int blocks)
    {
        if (blocks == 0)
            return;
        fixed (uint* words = _words)
            Md5Compression<Md5Scalar, uint>.Run(words, &start, blocks);
    }

    public readonly void Write(Span<byte> destination)
    {
        for (var i = 0; i < Words; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * sizeof(uint))..], _words[i]);
    }
}
