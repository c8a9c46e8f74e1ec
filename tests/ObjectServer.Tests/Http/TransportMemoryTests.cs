using ObjectStore.Server.Http;

namespace ObjectStore.ObjectServer.Tests.Http;

public sealed class TransportMemoryTests
{
    [Fact]
    public void A_block_has_one_owner_at_a_time()
    {
        using var pool = new TransportMemory();
        var first = pool.Rent();
        first.Dispose();
        first.Dispose();
        pool.KeptBlocks.ShouldBe(1);

        using var second = pool.Rent(4096);
        using var third = pool.Rent();
        second.Memory.Length.ShouldBe(TransportMemory.BlockBytes);
        second.Memory.Span.Overlaps(third.Memory.Span).ShouldBeFalse();
    }

    [Fact]
    public void More_than_a_block_is_refused()
    {
        using var pool = new TransportMemory();
        Should.Throw<ArgumentOutOfRangeException>(() => pool.Rent(pool.MaxBufferSize + 1));
    }

    [Fact]
    public void What_is_kept_after_a_burst_is_bounded()
    {
        using var pool = new TransportMemory();
        var burst = Enumerable.Range(0, TransportMemory.MaxKeptBlocks + 10).Select(_ => pool.Rent()).ToArray();
        foreach (var block in burst) block.Dispose();
        pool.KeptBlocks.ShouldBe(TransportMemory.MaxKeptBlocks);
    }

    [Fact]
    public async Task The_server_receives_into_its_blocks()
    {
        await using var server = await TestServer.StartAsync([]);
        (await server.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n")).Status.ShouldBeGreaterThan(0);
        server.TransportMemory.KeptBlocks.ShouldBeGreaterThan(0);
    }
}
