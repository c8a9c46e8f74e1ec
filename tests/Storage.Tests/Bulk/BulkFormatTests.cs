using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Drives;

namespace ObjectStore.Storage.Tests.Bulk;

public sealed class BulkFormatTests
{
    private static readonly DriveId Drive = new(Guid.NewGuid());
    private static readonly ExtentAddress Extent = new(9, Guid.NewGuid(), 64 * 4096, 1 << 20);

    [Fact]
    public void A_footer_reads_back_and_any_flipped_bit_in_it_is_noticed()
    {
        var record = new ShardRecord(new BlobId(1, 2, 3), 255, 70_000, 42, Extent, new ulong[] { 5, 6 }, new byte[] { 7, 8, 9 });
        var footer = new byte[BulkFormat.FooterBytes];
        BulkFormat.WriteFooter(footer, record);

        BulkFormat.TryReadFooter(footer, Extent.Nonce, Extent.Offset, out var read).ShouldBeTrue();
        read.Blob.ShouldBe(record.Blob);
        (read.Shard, read.LengthBytes, read.Root, read.Extent).ShouldBe((255, 70_000, 42ul, Extent));
        read.Checksums.ToArray().ShouldBe([5ul, 6ul]);
        read.Tag.ToArray().ShouldBe([7, 8, 9]);

        BulkFormat.TryReadFooter(footer, Guid.NewGuid(), Extent.Offset, out _).ShouldBeFalse();
        BulkFormat.TryReadFooter(footer, Extent.Nonce, Extent.Offset + 4096, out _).ShouldBeFalse();
        for (var i = 0; i < footer.Length; i += 3)
        {
            footer[i] ^= 0x10;
            BulkFormat.TryReadFooter(footer, Extent.Nonce, Extent.Offset, out _).ShouldBeFalse($"byte {i}");
            footer[i] ^= 0x10;
        }
    }

    [Fact]
    public void The_longest_shard_record_fits_a_footer()
    {
        var record = new ShardRecord(new BlobId(1, 2, 3), 1, ShardLayout.MaxShardBytes, 42, Extent, new ulong[256], new byte[ShardRecord.MaxTagBytes]);
        record.SizeBytes.ShouldBe(ShardRecord.MaxSizeBytes);
        var footer = new byte[BulkFormat.FooterBytes];
        BulkFormat.WriteFooter(footer, record);
        BulkFormat.TryReadFooter(footer, Extent.Nonce, Extent.Offset, out _).ShouldBeTrue();
    }

    [Fact]
    public void Headers_are_only_valid_in_their_own_place()
    {
        var page = new byte[BulkFormat.PageBytes];
        BulkFormat.WriteExtentHeader(page, Drive, Extent, new BlobId(1, 2, 3), 4);
        BulkFormat.TryReadExtentHeader(page, Drive, Extent.Nonce, Extent.Offset, out var reserved, out var blob, out var shard).ShouldBeTrue();
        (reserved, blob, shard).ShouldBe((Extent.ReservedBytes, new BlobId(1, 2, 3), 4));
        BulkFormat.TryReadExtentHeader(page, Drive, Extent.Nonce, Extent.Offset + 4096, out _, out _, out _).ShouldBeFalse();
        BulkFormat.TryReadExtentHeader(page, Drive, Guid.NewGuid(), Extent.Offset, out _, out _, out _).ShouldBeFalse();
        BulkFormat.TryReadExtentHeader(page, new DriveId(Guid.NewGuid()), Extent.Nonce, Extent.Offset, out _, out _, out _).ShouldBeFalse();

        BulkFormat.WriteSegmentHeader(page, Drive, 5, Extent.Nonce, 1 << 26);
        BulkFormat.TryReadSegmentHeader(page, Drive, 5, out var nonce, out var size).ShouldBeTrue();
        (nonce, size).ShouldBe((Extent.Nonce, 1L << 26));
        BulkFormat.TryReadSegmentHeader(page, Drive, 6, out _, out _).ShouldBeFalse();
    }
}
