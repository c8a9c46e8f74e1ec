using System.Buffers;
using ObjectStore.Storage.Buffers;
using ObjectStore.TestKit;

namespace ObjectStore.Storage.Tests.Buffers;

public sealed class AlignedBufferPoolTests
{
    [Theory]
    [InlineData(1, 4096)]
    [InlineData(4097, 8192)]
    [InlineData(65536, 65536)]
    [InlineData(1 << 20, 1 << 20)]
    [InlineData(16 << 20, 16 << 20)]
    public unsafe void Buffers_are_aligned_and_of_a_size_class(int asked, int given)
    {
        using var pool = new AlignedBufferPool(64 << 20);
        using var owner = pool.TryRent(asked)!;
        owner.Memory.Length.ShouldBe(given);
        using var pin = owner.Memory.Pin();
        ((nuint)pin.Pointer % 4096).ShouldBe((nuint)0);
    }

    [Fact]
    public void What_is_returned_is_rented_again()
    {
        using var pool = new AlignedBufferPool(1 << 20);
        pool.TryRent(65536)!.Dispose();
        pool.Statistics.ShouldBe(new BufferPoolStatistics(0, 65536, 1, 0));
        using var again = pool.TryRent(65536)!;
        pool.Statistics.ShouldBe(new BufferPoolStatistics(65536, 0, 2, 0));
    }

    [Fact]
    public void The_bound_holds_for_rented_and_idle_memory_together()
    {
        using var pool = new AlignedBufferPool(256 * 1024);
        var small = Enumerable.Range(0, 4).Select(_ => pool.TryRent(65536)!).ToArray();
        pool.TryRent(1).ShouldBeNull();
        foreach (var owner in small) owner.Dispose();
        using var large = pool.TryRent(256 * 1024)!;
        pool.Statistics.IdleBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Those_who_wait_are_served_in_order()
    {
        using var pool = new AlignedBufferPool(65536);
        var first = pool.TryRent(65536)!;
        var second = pool.RentAsync(65536, CancellationToken.None).AsTask();
        var third = pool.RentAsync(4096, CancellationToken.None).AsTask();
        pool.TryRent(4096).ShouldBeNull();
        second.IsCompleted.ShouldBeFalse();
        first.Dispose();
        var owner = await second;
        third.IsCompleted.ShouldBeFalse();
        owner.Dispose();
        (await third).Dispose();
        pool.Statistics.RentedBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        using var pool = new AlignedBufferPool(65536);
        var first = pool.TryRent(65536)!;
        using var cancel = new CancellationTokenSource();
        var waiting = pool.RentAsync(65536, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        first.Dispose();
        pool.Statistics.ShouldBe(new BufferPoolStatistics(0, 65536, 1, 0));
    }

    [Fact]
    public void A_second_return_is_noticed()
    {
        using var pool = new AlignedBufferPool(1 << 20);
        var owner = pool.TryRent(65536)!;
        owner.Dispose();
        Should.Throw<InvalidOperationException>(owner.Dispose);

        var counting = new CountingBufferPool();
        var counted = counting.TryRent(65536)!;
        counted.Dispose();
        counted.Dispose();
        counting.Misuses.ShouldBe(1);
    }

    [Theory]
    [InlineData(7)]
    public async Task Many_renters_never_hold_more_than_the_bound(int seed)
    {
        using var pool = new AlignedBufferPool(1 << 20);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            var random = new Random(seed + worker);
            for (var i = 0; i < 200; i++)
            {
                using var owner = await pool.RentAsync(random.Next(1, 512 * 1024), CancellationToken.None);
                owner.Memory.Span[0] = owner.Memory.Span[^1] = 1;
                pool.Statistics.RentedBytes.ShouldBeLessThanOrEqualTo(1 << 20);
            }
        })));
        pool.Statistics.RentedBytes.ShouldBe(0);
        pool.Statistics.IdleBytes.ShouldBeLessThanOrEqualTo(1 << 20);
    }
}
