using System.Buffers;
using System.Security.Cryptography;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Tests.Objects.Digests;

public sealed class Md5ServiceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static TheoryData<int> LaneCounts => [.. new[] { 1, 8, 16 }.Where(lanes => lanes == 1 || lanes <= Md5Lanes.Count)];

    /// <summary>RFC 1321, appendix A.5.</summary>
    [Theory]
    [InlineData("", "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("abc", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("message digest", "f96b697d7cb7938d525a2f31aaf161d0")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a")]
    public async Task Digests_are_those_of_the_rfc(string text, string digest)
    {
        using var service = new Md5Service();
        var stream = service.CreateStream();
        await stream.UpdateAsync(System.Text.Encoding.ASCII.GetBytes(text), default);
        Convert.ToHexStringLower(Digest(stream)).ShouldBe(digest);
    }

    /// <summary>
    /// Workers end and are begun again all the time. One that was begun anew before its last run had returned lost the
    /// streams that it had just taken: their uploads hung for ever. The window is a few instructions, so this finds such a fault
    /// only now and then.
    /// </summary>
    [Fact]
    public async Task No_update_is_lost_between_a_worker_that_ends_and_one_that_begins()
    {
        using var service = new Md5Service(new Md5Options { MaxWorkers = 2 });
        var data = Bytes(3, 9 * 1024);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Task.Run(async () =>
        {
            var stream = service.CreateStream();
            while (!limit.IsCancellationRequested) await stream.UpdateAsync(data, CancellationToken.None);
        }))).WaitAsync(Patience);
    }

    [Fact]
    public async Task Every_length_around_the_padding_is_right_and_a_stream_can_be_used_again()
    {
        using var service = new Md5Service();
        var stream = service.CreateStream();
        var data = Bytes(1, 300);
        for (var length = 0; length <= data.Length; length++)
        {
            await stream.UpdateAsync(data.AsMemory(0, length / 3), default);
            await stream.UpdateAsync(data.AsMemory(length / 3, length - length / 3), default);
            Digest(stream).ShouldBe(MD5.HashData(data.AsSpan(0, length)));
        }
    }

    [Theory, MemberData(nameof(LaneCounts))]
    public async Task Interleaved_streams_of_random_lengths_each_get_their_own_digest(int lanes)
    {
        const int seed = 77;
        using var service = new Md5Service(new Md5Options { Lanes = lanes, MaxWorkers = 2 });
        var uploads = Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            var random = new Random(seed + i);
            var data = Bytes(seed + i, random.Next(0, 1_500_000));
            var stream = service.CreateStream();
            await UpdateInPieces(stream, data, random, maxPieceBytes: 200_000);
            Digest(stream).ShouldBe(MD5.HashData(data), $"seed {seed}, upload {i}, {data.Length} bytes");
        }));
        await Task.WhenAll(uploads).WaitAsync(Patience);
    }

    /// <summary>The lanes themselves, whatever the scheduling of a service would give them.</summary>
    [Theory, MemberData(nameof(LaneCounts))]
    public unsafe void Every_number_of_streams_in_the_lanes_is_right(int lanes)
    {
        if (lanes == 1)
            return;
        using var service = new Md5Service();
        for (var count = 1; count <= lanes; count++)
        {
            const int blocks = 5;
            var data = Enumerable.Range(0, count).Select(i => Bytes(100 + i, blocks * Md5Stream.BlockBytes)).ToArray();
            var states = new Md5State[count];
            Array.Fill(states, Md5State.Initial);
            var pins = data.Select(bytes => bytes.AsMemory().Pin()).ToArray();
            var positions = pins.Select(pin => (nint)pin.Pointer).ToArray();

            Md5Lanes.Run(states, positions, lanes, blocks);

            for (var i = 0; i < count; i++)
            {
                var expected = Md5State.Initial;
                expected.Compress((byte*)positions[i], blocks);
                for (var word = 0; word < Md5State.Words; word++)
                    states[i][word].ShouldBe(expected[word], $"{lanes} lanes, {count} streams, stream {i}");
                pins[i].Dispose();
            }
        }
    }

    [Fact]
    public async Task A_stream_alone_is_served()
    {
        using var service = new Md5Service(new Md5Options { MaxWorkers = 1 });
        var data = Bytes(3, 3_000_001);
        var stream = service.CreateStream();
        await stream.UpdateAsync(data, default).AsTask().WaitAsync(Patience);
        Digest(stream).ShouldBe(MD5.HashData(data));
    }

    [Fact]
    public async Task A_memory_that_cannot_be_pinned_fails_its_own_stream_only()
    {
        using var service = new Md5Service();
        using var broken = new UnpinnableMemory(100_000);
        var bad = service.CreateStream();
        var good = Enumerable.Range(0, 8).Select(_ => service.CreateStream()).ToArray();
        var data = Bytes(4, 400_000);

        var updates = good.Select(stream => stream.UpdateAsync(data, default).AsTask()).ToArray();
        await Should.ThrowAsync<InvalidTimeZoneException>(() => bad.UpdateAsync(broken.Memory, default).AsTask().WaitAsync(Patience));
        await Task.WhenAll(updates).WaitAsync(Patience);

        Should.Throw<InvalidOperationException>(() => Digest(bad));
        foreach (var stream in good)
            Digest(stream).ShouldBe(MD5.HashData(data));
    }

    [Fact]
    public async Task A_cancelled_token_is_refused_and_nothing_is_taken()
    {
        using var service = new Md5Service();
        var stream = service.CreateStream();
        await Should.ThrowAsync<OperationCanceledException>(() => stream.UpdateAsync(Bytes(5, 100_000), new CancellationToken(true)).AsTask());
        Digest(stream).ShouldBe(MD5.HashData([]));
    }

    [Fact]
    public async Task A_disposed_service_completes_what_it_took_and_refuses_the_rest()
    {
        var service = new Md5Service();
        var data = Bytes(6, 2_000_000);
        var stream = service.CreateStream();
        var update = stream.UpdateAsync(data, default).AsTask();
        service.Dispose();
        await update.WaitAsync(Patience);
        Digest(stream).ShouldBe(MD5.HashData(data));
        Should.Throw<ObjectDisposedException>(service.CreateStream);
        await Should.ThrowAsync<ObjectDisposedException>(() => stream.UpdateAsync(data, default).AsTask());
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        using var service = new Md5Service();
        Should.Throw<ArgumentException>(() => service.CreateStream().Finish(new byte[15]));
        Should.Throw<ArgumentException>(() => new Md5Service(new Md5Options { Lanes = 3 }));
        Should.Throw<ArgumentException>(() => new Md5Service(new Md5Options { MaxWorkers = 0 }));
    }

    private static async Task UpdateInPieces(IMd5Stream stream, byte[] data, Random random, int maxPieceBytes)
    {
        for (var position = 0; position < data.Length;)
        {
            // Every third piece is a few bytes, so that blocks are cut everywhere.
            var piece = Math.Min(data.Length - position, random.Next(3) == 0 ? random.Next(130) : random.Next(maxPieceBytes));
            await stream.UpdateAsync(data.AsMemory(position, piece), default);
            position += piece;
        }
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Digest(IMd5Stream stream)
    {
        var digest = new byte[Md5Stream.DigestBytes];
        stream.Finish(digest);
        return digest;
    }

    private sealed class UnpinnableMemory(int lengthBytes) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = new byte[lengthBytes];

        public override Span<byte> GetSpan() => _bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new InvalidTimeZoneException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
