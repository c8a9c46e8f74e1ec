using System.Text;

namespace ObjectStore.Zstandard.Tests;

public sealed class ZstdTests : IDisposable
{
    private readonly ZstdContexts _contexts = new();

    public void Dispose() => _contexts.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    [InlineData(131_072)]
    public void What_was_compressed_comes_back(int length)
    {
        var plain = TextOf(length);
        var frame = new byte[length + 64];
        var compressor = _contexts.RentCompressor(1);
        var count = compressor.Compress(plain, frame);
        count.ShouldBeGreaterThan(0);
        _contexts.Return(compressor);

        var opened = new byte[length];
        var decompressor = _contexts.RentDecompressor();
        decompressor.Decompress(frame.AsSpan(0, count), opened);
        _contexts.Return(decompressor);
        opened.ShouldBe(plain);
        _contexts.Rented.ShouldBe(0);
    }

    [Fact]
    public void A_piece_that_does_not_fit_is_no_fault()
    {
        var plain = new byte[4096];
        new Random(1).NextBytes(plain);
        var compressor = _contexts.RentCompressor(1);
        compressor.Compress(plain, new byte[4000]).ShouldBe(0);
        // And the context is as good as before.
        compressor.Compress(plain, new byte[5000]).ShouldBeGreaterThan(4096);
        _contexts.Return(compressor);
    }

    [Fact]
    public void A_frame_that_says_more_than_there_is_room_for_is_refused_and_writes_nothing_behind_it()
    {
        // 64 MiB of zeros in some KiB.
        var frame = new byte[64 * 1024];
        var compressor = _contexts.RentCompressor(1);
        var count = compressor.Compress(new byte[64 << 20], frame);
        count.ShouldBeGreaterThan(0);
        _contexts.Return(compressor);

        var guarded = Enumerable.Repeat((byte)0xA5, 2048).ToArray();
        var decompressor = _contexts.RentDecompressor();
        Should.Throw<ZstdException>(() => decompressor.Decompress(frame.AsSpan(0, count), guarded.AsSpan(0, 1024)));
        guarded[1024..].ShouldAllBe(value => value == 0xA5);
        _contexts.Return(decompressor);
    }

    [Fact]
    public void A_frame_that_is_shorter_than_it_should_be_is_refused()
    {
        var frame = new byte[256];
        var compressor = _contexts.RentCompressor(1);
        var count = compressor.Compress(TextOf(100), frame);
        _contexts.Return(compressor);
        var decompressor = _contexts.RentDecompressor();
        Should.Throw<ZstdException>(() => decompressor.Decompress(frame.AsSpan(0, count), new byte[101]));
        Should.Throw<ZstdException>(() => decompressor.Decompress(frame.AsSpan(0, count - 1), new byte[100]));
        Should.Throw<ZstdException>(() => decompressor.Decompress("no frame"u8, new byte[100]));
        _contexts.Return(decompressor);
    }

    [Fact]
    public void Contexts_are_used_again_and_only_some_are_kept()
    {
        using var contexts = new ZstdContexts(maxIdle: 1);
        var first = contexts.RentCompressor(1);
        var second = contexts.RentCompressor(3);
        contexts.Rented.ShouldBe(2);
        contexts.Return(first);
        contexts.Return(second);
        contexts.RentCompressor(2).ShouldBeSameAs(first);
        Should.Throw<ObjectDisposedException>(() => second.Compress(new byte[10], new byte[100]));
    }

    [Fact]
    public void Without_the_library_nothing_is_rented_until_it_is_there()
    {
        string? problem = null;
        using var contexts = new ZstdContexts(findProblem: () => problem);
        contexts.FindProblem().ShouldBeNull();
        contexts.Return(contexts.RentCompressor(1));
        contexts.Return(contexts.RentDecompressor());
        problem = "gone";
        Should.Throw<ZstdMissingException>(() => contexts.RentCompressor(1)).Message.ShouldBe("gone");
        Should.Throw<ZstdMissingException>(() => contexts.RentDecompressor()).Message.ShouldBe("gone");
        contexts.Rented.ShouldBe(0);
        problem = null;
        contexts.Return(contexts.RentDecompressor());
    }

    [Fact]
    public void The_library_is_here_and_its_absence_names_the_package()
    {
        ZstdLibrary.FindProblem().ShouldBeNull();
        Native.NativeLibraryResolver.Needed.ShouldContain("libzstd1");
        var missing = Should.Throw<DllNotFoundException>(() => Native.NativeLibraryResolver.Load(["libzstd.so.0.0"], typeof(ZstdContexts).Assembly, path: null));
        missing.Message.ShouldContain("apt-get install libzstd1");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    public void Levels_have_bounds(int level) => Should.Throw<ArgumentOutOfRangeException>(() => _contexts.RentCompressor(level));

    [Fact]
    public void Pieces_cost_no_allocation()
    {
        var plain = TextOf(65_536);
        var frame = new byte[65_536];
        var compressor = _contexts.RentCompressor(1);
        var decompressor = _contexts.RentDecompressor();
        var count = compressor.Compress(plain, frame);
        decompressor.Decompress(frame.AsSpan(0, count), plain);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            compressor.Compress(plain, frame);
            decompressor.Decompress(frame.AsSpan(0, count), plain);
        }
        // The smallest object has 24 bytes, so one a call would be 48,000.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000);
        _contexts.Return(compressor);
        _contexts.Return(decompressor);
    }

    private static byte[] TextOf(int length)
    {
        var text = new StringBuilder();
        for (var line = 0; text.Length < length; line++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{{\"line\":{line},\"word\":\"{line * 7919 % 1000}\"}}\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
