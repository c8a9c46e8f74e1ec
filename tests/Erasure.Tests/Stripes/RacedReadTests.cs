using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Tests.Stripes;

public sealed class RacedReadTests
{
    /// <summary>
    /// The slow read ends in the very moment in which the reads that race it begin: its shard was counted as one to
    /// rebuild, and is whole when the rebuild begins.
    /// </summary>
    [Fact]
    public async Task A_raced_read_that_ends_before_the_rebuild_is_used_and_not_computed()
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty with { ReadDeadline = TimeSpan.FromSeconds(30), ReadTimeout = TimeSpan.FromSeconds(30) });
        var data = StoreFixture.Data(400_000);
        var blob = await fixture.WriteAsync(data, new Scheme(4, 2));
        // Continuations run within SetResult: when it returns, the read has ended.
        var gate = new TaskCompletionSource();
        var racers = 0;
        fixture.Set.Add(new RelayDrive(fixture.DriveOf(blob, 1)) { Reading = gate.Task }, FailureDomain.Local);
        foreach (var parity in new[] { 4, 5 })
        {
            fixture.Set.Add(new RelayDrive(fixture.DriveOf(blob, parity))
            {
                Opening = () =>
                {
                    racers++;
                    gate.TrySetResult();
                },
            }, FailureDomain.Local);
        }

        // Away from the test's context, which would put the continuations off.
        var read = await Task.Run(() => fixture.ReadAsync(blob)).WaitAsync(TimeSpan.FromSeconds(60));
        read.AsSpan().SequenceEqual(data).ShouldBeTrue();
        racers.ShouldBeGreaterThan(0);
        fixture.Findings.All.ShouldBeEmpty();
    }

    private sealed class RelayDrive(IDrive inner) : IDrive
    {
        /// <summary>Reads end after this.</summary>
        public Task Reading { get; init; } = Task.CompletedTask;

        public Action? Opening { get; init; }

        public DriveId Id => inner.Id;

        public string Location => inner.Location;

        public DriveHealth Health => inner.Health;

        public DriveSpace Space => inner.Space;

        public IShardWriter Create(BlobId blob, int shard, long? lengthBytes) => inner.Create(blob, shard, lengthBytes);

        public async ValueTask<IShardReader?> OpenAsync(BlobId blob, int shard, CancellationToken ct)
        {
            Opening?.Invoke();
            return await inner.OpenAsync(blob, shard, ct) is { } reader ? new Reader(this, reader) : null;
        }

        public ValueTask DeleteAsync(BlobId blob, int shard, CancellationToken ct) => inner.DeleteAsync(blob, shard, ct);

        public IAsyncEnumerable<ShardInfo> EnumerateAsync(BlobId from, CancellationToken ct) => inner.EnumerateAsync(from, ct);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private sealed class Reader(RelayDrive drive, IShardReader reader) : IShardReader
        {
            public ShardInfo Info => reader.Info;

            public async ValueTask<ShardReadResult> ReadAsync(int firstBlock, BlockBuffers destination, CancellationToken ct)
            {
                await drive.Reading;
                return await reader.ReadAsync(firstBlock, destination, ct);
            }

            public void Dispose() => reader.Dispose();
        }
    }
}
