using System.Buffers;
using System.IO.Pipelines;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class OpeningWriterTests
{
    private const int Chunk = ContentSeal.ChunkBytes;
    private static readonly ContentId Id = new(1, 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_pieces_come_in_the_range_goes_out(int seed)
    {
        var random = new Random(seed);
        using var seal = NewSeal();
        foreach (var length in new[] { 1, 17, Chunk - 1, Chunk, Chunk + 1, (5 * Chunk) + 7, 16 * Chunk })
        {
            var plain = ObjectBench.Bytes(length, seed);
            var stored = SealAll(seal, plain);
            foreach (var (offset, count) in new[] { (0, length), (length - 1, 1), (length / 2, length - (length / 2)), (random.Next(length), 0) })
            {
                var wanted = count == 0 ? random.Next(1, length - offset + 1) : count;
                (await OpenAsync(seal, stored, offset, wanted, random)).Bytes.ShouldBe(plain[offset..(offset + wanted)], $"seed {seed}: {offset}+{wanted} of {length}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Invariant_3_Nothing_of_a_chunk_that_does_not_open_is_written(int seed)
    {
        var random = new Random(seed);
        using var seal = NewSeal();
        var plain = ObjectBench.Bytes((6 * Chunk) + 100, seed);
        for (var chunk = 0; chunk < 7; chunk++)
        {
            var stored = SealAll(seal, plain);
            // Also in the tag, which is the end of the chunk.
            var bit = random.Next(2) == 0 ? 8 * Math.Min((long)chunk * ContentSeal.SealedChunkBytes + ContentSeal.SealedChunkBytes, stored.Length) - 1 : 8L * chunk * ContentSeal.SealedChunkBytes;
            stored[bit / 8] ^= (byte)(1 << (int)(bit % 8));
            var (bytes, fault) = await OpenAsync(seal, stored, 0, plain.Length, random);
            fault.ShouldNotBeNull().Fault.ShouldBe(BlobStoreFault.Unreadable);
            bytes.ShouldBe(plain[..(chunk * Chunk)], $"seed {seed}, chunk {chunk}");
        }
    }

    [Fact]
    public async Task Chunks_that_were_swapped_do_not_open()
    {
        using var seal = NewSeal();
        var stored = SealAll(seal, ObjectBench.Bytes(3 * Chunk, 1));
        byte[] swapped = [.. stored[ContentSeal.SealedChunkBytes..(2 * ContentSeal.SealedChunkBytes)], .. stored[..ContentSeal.SealedChunkBytes], .. stored[(2 * ContentSeal.SealedChunkBytes)..]];
        var (bytes, fault) = await OpenAsync(seal, swapped, 0, 3 * Chunk, new Random(1));
        fault.ShouldNotBeNull();
        bytes.ShouldBeEmpty();
    }

    [Fact]
    public void It_asks_for_the_rest_of_the_chunk_that_has_begun()
    {
        using var seal = NewSeal();
        using var cipher = seal.CipherOf(Id.ToBytes());
        using var opening = new OpeningWriter(new Pipe().Writer, cipher, Id, ContentSeal.SealedLength(Chunk + 10), 0, 0, Chunk + 10);
        opening.NextPieceBytes.ShouldBe(ContentSeal.SealedChunkBytes);
        opening.Write(new byte[1000]);
        opening.NextPieceBytes.ShouldBe(ContentSeal.SealedChunkBytes - 1000);
    }

    private static async Task<(byte[] Bytes, BlobStoreException? Fault)> OpenAsync(ContentSeal seal, byte[] stored, int offset, int count, Random random)
    {
        var destination = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        using var cipher = seal.CipherOf(Id.ToBytes());
        var first = offset / Chunk;
        BlobStoreException? fault = null;
        using (var opening = new OpeningWriter(destination.Writer, cipher, Id, stored.Length, first, offset - (first * Chunk), count))
        {
            var last = (offset + count - 1) / Chunk;
            var rest = stored.AsMemory(first * ContentSeal.SealedChunkBytes, Math.Min(stored.Length, (last + 1) * ContentSeal.SealedChunkBytes) - (first * ContentSeal.SealedChunkBytes));
            try
            {
                while (rest.Length > 0)
                {
                    var piece = Math.Min(rest.Length, random.Next(3) switch { 0 => random.Next(1, 5000), 1 => random.Next(1, 300_000), _ => opening.NextPieceBytes });
                    opening.Write(rest.Span[..piece]);
                    rest = rest[piece..];
                    if (random.Next(4) != 0 || rest.Length == 0) await opening.FlushAsync();
                }
                opening.RestBytes.ShouldBe(0);
            }
            catch (BlobStoreException e)
            {
                fault = e;
            }
        }
        await destination.Writer.CompleteAsync();
        using var bytes = new MemoryStream();
        await destination.Reader.CopyToAsync(bytes);
        return (bytes.ToArray(), fault);
    }

    private static ContentSeal NewSeal() => new(ObjectBench.Bytes(32, 5), ObjectBench.Bytes(ContentSeal.BindingBytes, 6));

    private static byte[] SealAll(ContentSeal seal, byte[] plain)
    {
        using var cipher = seal.CipherOf(Id.ToBytes());
        var stored = new byte[ContentSeal.SealedLength(plain.Length)];
        for (var chunk = 0; chunk * Chunk < plain.Length; chunk++)
            ContentSeal.Seal(cipher, chunk, plain.AsSpan(chunk * Chunk, Math.Min(Chunk, plain.Length - (chunk * Chunk))), stored.AsSpan(chunk * ContentSeal.SealedChunkBytes));
        return stored;
    }
}
