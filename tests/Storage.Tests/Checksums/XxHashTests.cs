using ObjectStore.Storage.Checksums;

namespace ObjectStore.Storage.Tests.Checksums;

public sealed class XxHashTests
{
    [Theory]
    [MemberData(nameof(XxHashVectors.All), MemberType = typeof(XxHashVectors))]
    public void Equals_the_reference_implementation(int length, ulong seed, ulong xxh64, ulong xxh3, ulong high, ulong low)
    {
        var data = XxHashVectors.Data(length);
        XxHash64.Hash(data, seed).ShouldBe(xxh64);
        XxHash3.Hash64(data, seed).ShouldBe(xxh3);
        XxHash3.Hash128(data, seed).ShouldBe(new UInt128(high, low));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Streaming_in_any_pieces_equals_one_shot(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var data = new byte[random.Next(random.Next(2) == 0 ? 600 : 6000)];
            random.NextBytes(data);
            var hashSeed = (ulong)random.NextInt64();
            var streamed3 = new XxHash3(hashSeed);
            var streamed64 = new XxHash64(hashSeed);
            for (var done = 0; done < data.Length;)
            {
                var piece = Math.Min(data.Length - done, random.Next(random.Next(3) == 0 ? 2000 : 100));
                streamed3.Append(data.AsSpan(done, piece));
                streamed64.Append(data.AsSpan(done, piece));
                done += piece;
                streamed3.GetHash64().ShouldBe(XxHash3.Hash64(data.AsSpan(0, done), hashSeed), $"seed {seed} length {done}");
            }
            streamed3.GetHash64().ShouldBe(XxHash3.Hash64(data, hashSeed));
            streamed3.GetHash128().ShouldBe(XxHash3.Hash128(data, hashSeed));
            streamed64.GetHash().ShouldBe(XxHash64.Hash(data, hashSeed));
        }
    }

    [Fact]
    public void A_reset_hash_starts_anew()
    {
        var hash = new XxHash3(5);
        hash.Append(XxHashVectors.Data(5000));
        hash.Reset();
        hash.Append(XxHashVectors.Data(300));
        hash.GetHash64().ShouldBe(XxHash3.Hash64(XxHashVectors.Data(300), 5));
    }

    [Fact]
    public unsafe void Every_kernel_equals_the_scalar_one()
    {
        var data = XxHashVectors.Data(64 * 16 + 1);
        var secret = XxHash3Core.Secret.ToArray();
        var start = new ulong[XxHash3Core.Lanes];
        fixed (ulong* lanes = start) XxHash3Core.Initialize(lanes);

        for (var stripes = 0; stripes <= 16; stripes++)
        {
            var expected = (ulong[])start.Clone();
            var wide = (ulong[])start.Clone();
            var half = (ulong[])start.Clone();
            fixed (byte* input = &data[1], key = secret)
            fixed (ulong* e = expected, w = wide, h = half)
            {
                XxHash3Kernels.AccumulateScalar(e, input, stripes, key);
                XxHash3Kernels.ScrambleScalar(e, key + 128);
                if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
                {
                    XxHash3Kernels.Accumulate512(w, input, stripes, key);
                    XxHash3Kernels.Scramble512(w, key + 128);
                    wide.ShouldBe(expected);
                }
                if (System.Runtime.Intrinsics.X86.Avx2.IsSupported)
                {
                    XxHash3Kernels.Accumulate256(h, input, stripes, key);
                    XxHash3Kernels.Scramble256(h, key + 128);
                    half.ShouldBe(expected);
                }
            }
        }
    }
}
