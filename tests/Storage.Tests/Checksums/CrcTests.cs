using ObjectStore.Storage.Checksums;

namespace ObjectStore.Storage.Tests.Checksums;

public sealed class CrcTests
{
    private static readonly ReflectedCrc[] Engines =
        [new(32, 0xEDB88320), new(32, 0x82F63B78), new(64, 0x9A6C9329AC4BC9B5)];

    /// <summary>The check values of the CRC catalogue (reveng.sourceforge.io) and of the NVM Express command set specification.</summary>
    [Fact]
    public void Published_check_values()
    {
        var digits = "123456789"u8;
        Crc32.Compute(digits).ShouldBe(0xCBF43926u);
        Crc32C.Compute(digits).ShouldBe(0xE3069283u);
        Crc64Nvme.Compute(digits).ShouldBe(0xAE8B14860A799888ul);
        Crc64Nvme.Compute(new byte[4096]).ShouldBe(0x6482D367EB22B64Eul);
        Crc64Nvme.Compute(Enumerable.Repeat((byte)0xFF, 4096).ToArray()).ShouldBe(0xC0DDBA7302ECA3ACul);
    }

    /// <summary>RFC 3720, appendix B.4.</summary>
    [Fact]
    public void Vectors_of_iSCSI()
    {
        Crc32C.Compute(new byte[32]).ShouldBe(0x8A9136AAu);
        Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()).ShouldBe(0x62A8AB43u);
        Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()).ShouldBe(0x46DD794Eu);
    }

    [Fact]
    public void Nothing_has_crc_zero()
    {
        Crc32.Compute([]).ShouldBe(0u);
        Crc32C.Compute([]).ShouldBe(0u);
        Crc64Nvme.Compute([]).ShouldBe(0ul);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_way_equals_the_oracle_at_every_length(int engine)
    {
        var crc = Engines[engine];
        var data = XxHashVectors.Data(1400);
        for (var length = 0; length < 1390; length++)
        {
            var input = data.AsSpan(length % 7, length);
            var expected = crc.AppendBitwise(0x1234567, input);
            crc.Append(0x1234567, input).ShouldBe(expected, $"length {length}");
            var ones = engine == 2 ? ulong.MaxValue : uint.MaxValue;
            (crc.AppendSliced(0x1234567 ^ ones, input) ^ ones).ShouldBe(expected, $"sliced, length {length}");
            if (engine == 0) Crc32.Append(0x1234567, input).ShouldBe((uint)expected);
            if (engine == 1) Crc32C.Append(0x1234567, input).ShouldBe((uint)expected);
            if (engine == 2) Crc64Nvme.Append(0x1234567, input).ShouldBe(expected);
        }
    }

    [Fact]
    public void Both_foldings_leave_the_same_remainder()
    {
        if (!System.Runtime.Intrinsics.X86.Pclmulqdq.V512.IsSupported) return;
        var data = XxHashVectors.Data(3000);
        var crc = Engines[2];
        for (var length = 256; length < 3000; length += 13)
        {
            // Fold128 is reached below 512 bytes, so pieces of 400 go that way, and the whole goes the other.
            ulong pieces = 0;
            for (var done = 0; done < length; done += 400) pieces = crc.Append(pieces, data.AsSpan(done, Math.Min(400, length - done)));
            crc.Append(0, data.AsSpan(0, length)).ShouldBe(pieces);
        }
    }

    [Theory]
    [InlineData(3)]
    public void Combined_crcs_equal_that_of_the_whole(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var data = new byte[random.Next(5000)];
            random.NextBytes(data);
            var cut = random.Next(data.Length + 1);
            var first = data.AsSpan(0, cut);
            var second = data.AsSpan(cut);
            Crc32.Combine(Crc32.Compute(first), Crc32.Compute(second), second.Length).ShouldBe(Crc32.Compute(data), $"seed {seed}");
            Crc32C.Combine(Crc32C.Compute(first), Crc32C.Compute(second), second.Length).ShouldBe(Crc32C.Compute(data), $"seed {seed}");
            Crc64Nvme.Combine(Crc64Nvme.Compute(first), Crc64Nvme.Compute(second), second.Length).ShouldBe(Crc64Nvme.Compute(data), $"seed {seed}");
        }
    }

    [Fact]
    public void Combining_with_a_long_tail_keeps_its_length()
    {
        // 5 GiB of zeros, the longest part, put together by doubling.
        ulong zeros = Crc64Nvme.Compute(new byte[1]);
        long length = 1;
        while (length < 5L << 30)
        {
            zeros = Crc64Nvme.Combine(zeros, zeros, length);
            length *= 2;
        }
        var direct = Crc64Nvme.Combine(Crc64Nvme.Compute("a"u8), zeros, length);
        var stepwise = Crc64Nvme.Compute("a"u8);
        var half = Crc64Nvme.Compute(new byte[1]);
        for (long done = 1; done < length / 2; done *= 2) half = Crc64Nvme.Combine(half, half, done);
        stepwise = Crc64Nvme.Combine(Crc64Nvme.Combine(stepwise, half, length / 2), half, length / 2);
        direct.ShouldBe(stepwise);
    }
}
