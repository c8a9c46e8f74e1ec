using ObjectStore.Storage.Checksums;

namespace ObjectStore.Storage.Tests.Checksums;

public sealed class BlockChecksumTests
{
    private static readonly BlobId Blob = new(1, 2, 3);
    private static readonly byte[] Data = XxHashVectors.Data(ShardLayout.BlockSizeBytes);

    [Fact]
    public void A_block_in_another_place_has_another_checksum()
    {
        var checksum = BlockChecksum.Compute(Blob, 4, 5, Data);
        BlockChecksum.Compute(Blob, 4, 5, Data).ShouldBe(checksum);
        BlockChecksum.Compute(Blob with { Session = 9 }, 4, 5, Data).ShouldNotBe(checksum);
        BlockChecksum.Compute(Blob with { Content = 9 }, 4, 5, Data).ShouldNotBe(checksum);
        BlockChecksum.Compute(Blob with { Ordinal = 9 }, 4, 5, Data).ShouldNotBe(checksum);
        BlockChecksum.Compute(Blob, 5, 5, Data).ShouldNotBe(checksum);
        BlockChecksum.Compute(Blob, 4, 6, Data).ShouldNotBe(checksum);
    }

    [Fact]
    public void A_flipped_bit_or_a_missing_byte_changes_the_checksum()
    {
        var checksum = BlockChecksum.Compute(Blob, 0, 0, Data);
        var changed = (byte[])Data.Clone();
        changed[777] ^= 1;
        BlockChecksum.Compute(Blob, 0, 0, changed).ShouldNotBe(checksum);
        BlockChecksum.Compute(Blob, 0, 0, Data.AsSpan(1)).ShouldNotBe(checksum);
    }

    [Fact]
    public void The_root_depends_on_place_length_and_every_block()
    {
        ulong[] blocks = [1, 2, 3];
        var root = BlockChecksum.Root(Blob, 0, 150_000, blocks);
        BlockChecksum.Root(Blob, 1, 150_000, blocks).ShouldNotBe(root);
        BlockChecksum.Root(Blob, 0, 150_001, blocks).ShouldNotBe(root);
        BlockChecksum.Root(Blob, 0, 150_000, [1, 3, 2]).ShouldNotBe(root);
    }

    /// <summary>Part of the disk format: these values may never change. Made by the reference implementation of XXH3.</summary>
    [Fact]
    public void The_values_are_fixed()
    {
        BlockChecksum.Compute(Blob, 4, 5, Data).ShouldBe(FixedBlock);
        BlockChecksum.Root(Blob, 4, 150_000, [1, 2, 3]).ShouldBe(FixedRoot);
    }

    private const ulong FixedBlock = 0xefeb68bb6da588b9;
    private const ulong FixedRoot = 0xac5957a0450a5a07;
}
