using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Codec;

/// <summary>
/// Run once at start, before any byte is served: a processor, a compiler or an emulator that computes wrongly would otherwise
/// write parity that cannot repair. Takes some milliseconds, most of them for compiling the kernel.
/// </summary>
public static class CodecSelfTest
{
    // More than a step of the widest kernel, and not a multiple of anything.
    private const int LengthBytes = 139;

    /// <summary>Tests the best kernel, which <see cref="ReedSolomon.For"/> uses.</summary>
    /// <exception cref="CodecSelfTestException">The codec computes wrongly here: do not start.</exception>
    public static void Run() => Run(new CodecProvider(new CodecOptions()));

    /// <summary>Tests the kernel of this provider.</summary>
    /// <exception cref="CodecSelfTestException">The codec computes wrongly here: do not start.</exception>
    public static void Run(CodecProvider codecs)
    {
        CheckKnownAnswer(codecs);
        foreach (var scheme in (ReadOnlySpan<Scheme>)[new(3, 1), new(4, 2), new(3, 3), new(12, 4), new(5, 5), new(6, 6), new(2, 9)])
            CheckAgainstOracle(codecs.For(scheme), new ReedSolomon(scheme, KernelCatalog.Oracle));
    }

    private static void CheckKnownAnswer(CodecProvider codecs)
    {
        // docs/formats/erasure.md
        Span<byte> parity = stackalloc byte[2];
        codecs.For(new Scheme(4, 2)).Encode([0x01, 0x53, 0xca, 0xff], 1, parity, 1, 1);
        Require(parity.SequenceEqual((ReadOnlySpan<byte>)[0x67, 0x7b]), codecs.Kernel, "the known answer of 4+2");
    }

    private static void CheckAgainstOracle(ReedSolomon codec, ReedSolomon oracle)
    {
        var scheme = codec.Scheme;
        var dataBytes = scheme.DataShards * LengthBytes;
        var expected = new byte[scheme.TotalShards * LengthBytes];
        for (var i = 0; i < dataBytes; i++)
            expected[i] = (byte)(i * 167 + (i >> 8) * 13 + 5);
        oracle.Encode(expected.AsSpan(0, dataBytes), LengthBytes, expected.AsSpan(dataBytes), LengthBytes, LengthBytes);

        var actual = new byte[expected.Length];
        expected.AsSpan(0, dataBytes).CopyTo(actual);
        codec.Encode(actual.AsSpan(0, dataBytes), LengthBytes, actual.AsSpan(dataBytes), LengthBytes, LengthBytes);
        Require(actual.AsSpan().SequenceEqual(expected), codec.Kernel, $"encoding {scheme}");

        // The first m shards, then the last m: data from parity, and parity from data.
        CheckReconstruction(codec, actual, expected, ShardSet.First(scheme.ParityShards));
        CheckReconstruction(codec, actual, expected, ShardSet.First(scheme.TotalShards).Except(ShardSet.First(scheme.DataShards)));
    }

    private static void CheckReconstruction(ReedSolomon codec, byte[] actual, byte[] expected, ShardSet missing)
    {
        foreach (var shard in missing)
            actual.AsSpan(shard * LengthBytes, LengthBytes).Fill(0xa5);
        codec.Reconstruct(actual, LengthBytes, LengthBytes, ShardSet.First(codec.Scheme.TotalShards).Except(missing), missing);
        Require(actual.AsSpan().SequenceEqual(expected), codec.Kernel, $"reconstructing {missing} of {codec.Scheme}");
    }

    private static void Require(bool right, string kernel, string what)
    {
        if (!right)
            throw new CodecSelfTestException(
                $"The erasure kernel '{kernel}' gives wrong bytes on this machine ({what}). Nothing was written; choose another kernel or another machine.");
    }
}

/// <summary>Not transient: this process must not write.</summary>
public sealed class CodecSelfTestException(string message) : Exception(message);
