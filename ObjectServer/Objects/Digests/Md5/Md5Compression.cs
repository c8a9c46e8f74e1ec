using System.Runtime.CompilerServices;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>MD5's compression of blocks of 64 bytes, on as many lanes as the engine has.</summary>
internal static unsafe class Md5Compression<TEngine, TWord>
    where TEngine : IMd5Engine<TWord>
    where TWord : unmanaged
{
    /// <summary>Compresses <paramref name="blocks"/> blocks of every lane into its state.</summary>
    /// <param name="state">Four words.</param>
    /// <param name="lanes">A pointer a lane, to that many blocks.</param>
    /// <remarks>The steps as RFC 1321, section 3.4, lists them. Compiled for speed at the first call.</remarks>
    [SkipLocalsInit, MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(TWord* state, byte** lanes, int blocks)
    {
        // Aligned, so that no word straddles two cache lines.
        var unaligned = stackalloc TWord[17];
        var scratch = (TWord*)(((nuint)unaligned + (nuint)sizeof(TWord) - 1) & ~((nuint)sizeof(TWord) - 1));
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        for (nint offset = 0; offset < (nint)blocks * Md5Stream.BlockBytes; offset += Md5Stream.BlockBytes)
        {
            var words = TEngine.Words(lanes, offset, scratch);
            var (a0, b0, c0, d0) = (a, b, c, d);

            a = TEngine.F(a, b, c, d, words[0], 0xd76aa478, 7);
            d = TEngine.F(d, a, b, c, words[1], 0xe8c7b756, 12);
            c = TEngine.F(c, d, a, b, words[2], 0x242070db, 17);
            b = TEngine.F(b, c, d, a, words[3], 0xc1bdceee, 22);
            a = TEngine.F(a, b, c, d, words[4], 0xf57c0faf, 7);
            d = TEngine.F(d, a, b, c, words[5], 0x4787c62a, 12);
            c = TEngine.F(c, d, a, b, words[6], 0xa8304613, 17);
            b = TEngine.F(b, c, d, a, words[7], 0xfd469501, 22);
            a = TEngine.F(a, b, c, d, words[8], 0x698098d8, 7);
            d = TEngine.F(d, a, b, c, words[9], 0x8b44f7af, 12);
            c = TEngine.F(c, d, a, b, words[10], 0xffff5bb1, 17);
            b = TEngine.F(b, c, d, a, words[11], 0x895cd7be, 22);
            a = TEngine.F(a, b, c, d, words[12], 0x6b901122, 7);
            d = TEngine.F(d, a, b, c, words[13], 0xfd987193, 12);
            c = TEngine.F(c, d, a, b, words[14], 0xa679438e, 17);
            b = TEngine.F(b, c, d, a, words[15], 0x49b40821, 22);

            a = TEngine.G(a, b, c, d, words[1], 0xf61e2562, 5);
            d = TEngine.G(d, a, b, c, words[6], 0xc040b340, 9);
            c = TEngine.G(c, d, a, b, words[11], 0x265e5a51, 14);
            b = TEngine.G(b, c, d, a, words[0], 0xe9b6c7aa, 20);
            a = TEngine.G(a, b, c, d, words[5], 0xd62f105d, 5);
            d = TEngine.G(d, a, b, c, words[10], 0x02441453, 9);
            c = TEngine.G(c, d, a, b, words[15], 0xd8a1e681, 14);
            b = TEngine.G(b, c, d, a, words[4], 0xe7d3fbc8, 20);
            a = TEngine.G(a, b, c, d, words[9], 0x21e1cde6, 5);
            d = TEngine.G(d, a, b, c, words[14], 0xc33707d6, 9);
            c = TEngine.G(c, d, a, b, words[3], 0xf4d50d87, 14);
            b = TEngine.G(b, c, d, a, words[8], 0x455a14ed, 20);
            a = TEngine.G(a, b, c, d, words[13], 0xa9e3e905, 5);
            d = TEngine.G(d, a, b, c, words[2], 0xfcefa3f8, 9);
            c = TEngine.G(c, d, a, b, words[7], 0x676f02d9, 14);
            b = TEngine.G(b, c, d, a, words[12], 0x8d2a4c8a, 20);

            a = TEngine.H(a, b, c, d, words[5], 0xfffa3942, 4);
            d = TEngine.H(d, a, b, c, words[8], 0x8771f681, 11);
            c = TEngine.H(c, d, a, b, words[11], 0x6d9d6122, 16);
            b = TEngine.H(b, c, d, a, words[14], 0xfde5380c, 23);
            a = TEngine.H(a, b, c, d, words[1], 0xa4beea44, 4);
            d = TEngine.H(d, a, b, c, words[4], 0x4bdecfa9, 11);
            c = TEngine.H(c, d, a, b, words[7], 0xf6bb4b60, 16);
            b = TEngine.H(b, c, d, a, words[10], 0xbebfbc70, 23);
            a = TEngine.H(a, b, c, d, words[13], 0x289b7ec6, 4);
            d = TEngine.H(d, a, b, c, words[0], 0xeaa127fa, 11);
            c = TEngine.H(c, d, a, b, words[3], 0xd4ef3085, 16);
            b = TEngine.H(b, c, d, a, words[6], 0x04881d05, 23);
            a = TEngine.H(a, b, c, d, words[9], 0xd9d4d039, 4);
            d = TEngine.H(d, a, b, c, words[12], 0xe6db99e5, 11);
            c = TEngine.H(c, d, a, b, words[15], 0x1fa27cf8, 16);
            b = TEngine.H(b, c, d, a, words[2], 0xc4ac5665, 23);

            a = TEngine.I(a, b, c, d, words[0], 0xf4292244, 6);
            d = TEngine.I(d, a, b, c, words[7], 0x432aff97, 10);
            c = TEngine.I(c, d, a, b, words[14], 0xab9423a7, 15);
            b = TEngine.I(b, c, d, a, words[5], 0xfc93a039, 21);
            a = TEngine.I(a, b, c, d, words[12], 0x655b59c3, 6);
            d = TEngine.I(d, a, b, c, words[3], 0x8f0ccc92, 10);
            c = TEngine.I(c, d, a, b, words[10], 0xffeff47d, 15);
            b = TEngine.I(b, c, d, a, words[1], 0x85845dd1, 21);
            a = TEngine.I(a, b, c, d, words[8], 0x6fa87e4f, 6);
            d = TEngine.I(d, a, b, c, words[15], 0xfe2ce6e0, 10);
            c = TEngine.I(c, d, a, b, words[6], 0xa3014314, 15);
            b = TEngine.I(b, c, d, a, words[13], 0x4e0811a1, 21);
            a = TEngine.I(a, b, c, d, words[4], 0xf7537e82, 6);
            d = TEngine.I(d, a, b, c, words[11], 0xbd3af235, 10);
            c = TEngine.I(c, d, a, b, words[2], 0x2ad7d2bb, 15);
            b = TEngine.I(b, c, d, a, words[9], 0xeb86d391, 21);

            a = TEngine.Add(a, a0);
            b = TEngine.Add(b, b0);
            c = TEngine.Add(c, c0);
            d = TEngine.Add(d, d0);
        }

        state[0] = a;
        state[1] = b;
        state[2] = c;
        state[3] = d;
    }
}
