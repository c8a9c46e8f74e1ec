using System.Security.Cryptography;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Tests.Objects.Digests;

public sealed class DigestSetTests
{
    [Fact]
    public async Task Memory_may_be_used_again_as_soon_as_the_digests_have_settled()
    {
        const int seed = 11;
        using var service = new Md5Service();
        var factory = new DigestFactory(service);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            var random = new Random(seed + i);
            var body = new byte[random.Next(2_000_000)];
            random.NextBytes(body);
            var digests = await DigestAsync(factory, body, random);
            digests.LengthBytes.ShouldBe(body.Length);
            digests.Md5.ToArray().ShouldBe(MD5.HashData(body), $"seed {seed}, body {i}, {body.Length} bytes");
            digests.TryGet(ChecksumAlgorithm.Crc64Nvme, out var crc).ShouldBeTrue();
            Convert.ToHexString(crc.Span).ShouldBe(Crc64Nvme.Compute(body).ToString("X16"), $"seed {seed}, body {i}");
        })));
    }

    /// <summary>Two buffers take turns: one is filled while MD5 works on the other, and is full of other bytes as soon as that may be.</summary>
    private static async Task<ComputedDigests> DigestAsync(DigestFactory factory, byte[] body, Random random)
    {
        byte[][] buffers = [new byte[100_000], new byte[100_000]];
        using var set = factory.Begin(ChecksumSet.Of(ChecksumAlgorithm.Crc64Nvme));
        for (var (position, turn) = (0, 0); position < body.Length; turn++)
        {
            var buffer = buffers[turn % 2];
            var count = Math.Min(random.Next(1, buffer.Length), body.Length - position);
            body.AsSpan(position, count).CopyTo(buffer);
            await set.AppendAsync(buffer.AsMemory(0, count), default);
            buffers[(turn + 1) % 2].AsSpan().Fill(0xEE);
            position += count;
            if (random.Next(4) != 0) continue;
            await set.SettleAsync();
            buffer.AsSpan().Fill(0xEE);
        }
        return await set.FinishAsync();
    }
}
