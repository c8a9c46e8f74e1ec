using System.Runtime.Intrinsics;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>Many streams at once, one in each lane of the widest vectors that the processor has.</summary>
internal static unsafe class Md5Lanes
{
    public const int MaxCount = Md5Avx512.Lanes;

    /// <summary>Streams that one run takes; 1 where there are no suitable vectors.</summary>
    public static int Count => Md5Avx512.IsSupported ? Md5Avx512.Lanes : Md5Avx2.IsSupported ? Md5Avx2.Lanes : 1;

    /// <summary>Compresses <paramref name="blocks"/> blocks into each state.</summary>
    /// <param name="states">1 to <paramref name="lanes"/>.</param>
    /// <param name="positions">As many addresses, each of that many blocks.</param>
    /// <param name="lanes">8 or 16.</param>
    public static void Run(Span<Md5State> states, ReadOnlySpan<nint> positions, int lanes, int blocks)
    {
        // Word w of lane l stands at w × lanes + l. A lane without a stream repeats the first one's work, which is thrown away.
        var words = stackalloc uint[Md5State.Words * MaxCount];
        var pointers = stackalloc byte*[MaxCount];
        for (var lane = 0; lane < lanes; lane++)
        {
            var source = lane < states.Length ? lane : 0;
            pointers[lane] = (byte*)positions[source];
            for (var word = 0; word < Md5State.Words; word++)
                words[word * lanes + lane] = states[source][word];
        }

        if (lanes == Md5Avx512.Lanes)
            Md5Compression<Md5Avx512, Vector512<uint>>.Run((Vector512<uint>*)words, pointers, blocks);
        else
            Md5Compression<Md5Avx2, Vector256<uint>>.Run((Vector256<uint>*)words, pointers, blocks);

        for (var lane = 0; lane < states.Length; lane++)
        {
            for (var word = 0; word < Md5State.Words; word++)
                states[lane][word] = words[word * lanes + lane];
        }
    }
}
