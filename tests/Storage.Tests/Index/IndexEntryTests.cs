using ObjectStore.Storage.Drives;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Tests.Index;

public sealed class IndexEntryTests
{
    private static readonly IndexEntry Entry = new(
        new LogEntry(new LogPosition(7, 4096), 99, RecordKind.Extent, 300), 8192, 3 * ShardLayout.BlockSizeBytes - 1, 0xABCDEF, new ExtentAddress(3, Guid.NewGuid(), 4096, 1 << 20), [1, 2, ulong.MaxValue]);

    [Fact]
    public void An_entry_reads_back_as_it_was()
    {
        var key = IndexKeys.Entry(new BlobId(1, 2, 3), 4);
        var read = IndexEntry.Decode(key, Entry.Encode(key))!;
        (read with { Checksums = Entry.Checksums }).ShouldBe(Entry);
        read.Checksums.ShouldBe(Entry.Checksums);
    }

    [Fact]
    public void Any_flipped_bit_and_any_other_key_are_noticed()
    {
        var key = IndexKeys.Entry(new BlobId(1, 2, 3), 4);
        var good = Entry.Encode(key);
        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            var bad = good.ToArray();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            IndexEntry.Decode(key, bad).ShouldBeNull();
        }
        IndexEntry.Decode(IndexKeys.Entry(new BlobId(1, 2, 3), 5), good).ShouldBeNull();
    }

    [Fact]
    public void Keys_sort_like_blobs_and_shards()
    {
        var random = new Random(5);
        var ids = Enumerable.Range(0, 500)
            .Select(_ => (Blob: new BlobId((uint)random.Next(3) << 30, (ulong)random.NextInt64(), (uint)random.Next(2)), Shard: random.Next(256)))
            .ToList();
        ids.OrderBy(i => i.Blob).ThenBy(i => i.Shard)
            .ShouldBe(ids.OrderBy(i => Convert.ToHexString(IndexKeys.Entry(i.Blob, i.Shard)), StringComparer.Ordinal));
    }
}
