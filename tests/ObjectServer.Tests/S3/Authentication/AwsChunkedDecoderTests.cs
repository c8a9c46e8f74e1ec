using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.S3.Authentication;

public sealed class AwsChunkedDecoderTests
{
    private const string Trailer = "x-amz-checksum-crc32:AAAAAA==";
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private static readonly TestSigner Signer = new("key", "secret", Now);
    private static readonly string Seed = new('5', 64);

    [Theory]
    [InlineData(PayloadSigning.Chunks)]
    [InlineData(PayloadSigning.ChunksAndTrailer)]
    [InlineData(PayloadSigning.UnsignedTrailer)]
    internal void A_body_that_is_split_at_any_byte_decodes_the_same(PayloadSigning signing)
    {
        byte[][] chunks = [Content(8192), Content(3)];
        var body = Encode(signing, chunks);
        for (var split = 0; split <= body.Length; split++)
        {
            // The middle of the long chunk is all the same; its edges are what matters.
            if (split is > 400 and < 8100) continue;
            Run(signing, chunks, Sequence(body, split)).ShouldBe(chunks.SelectMany(chunk => chunk));
        }
    }

    [Theory]
    [InlineData(PayloadSigning.Chunks)]
    [InlineData(PayloadSigning.ChunksAndTrailer)]
    [InlineData(PayloadSigning.UnsignedTrailer)]
    internal void A_body_decodes_byte_by_byte_into_destinations_of_any_size(PayloadSigning signing)
    {
        byte[][] chunks = [Content(8200), Content(8193), Content(77)];
        var body = Encode(signing, chunks);
        var random = new System.Random(7);
        for (var round = 0; round < 20; round++)
        {
            using var decoder = Decoder(signing, chunks.Sum(chunk => chunk.Length), Expected(signing));
            var content = new List<byte>();
            var available = 0;
            var used = 0;
            var destination = new byte[random.Next(1, 5000)];
            while (available < body.Length || used < body.Length)
            {
                available = Math.Min(body.Length, available + random.Next(1, round == 0 ? 2 : 9000));
                var input = new ReadOnlySequence<byte>(body, used, available - used);
                var before = input.Length;
                var count = decoder.Decode(ref input, destination);
                used += (int)(before - input.Length);
                content.AddRange(destination.AsSpan(0, count));
            }
            decoder.CheckEnd();
            content.ShouldBe(chunks.SelectMany(chunk => chunk));
        }
    }

    [Theory]
    [InlineData(PayloadSigning.Chunks)]
    [InlineData(PayloadSigning.ChunksAndTrailer)]
    internal void No_changed_bit_of_a_signed_body_is_accepted(PayloadSigning signing)
    {
        byte[][] chunks = [Content(8192), Content(9)];
        var body = Encode(signing, chunks);
        for (var place = 0; place < body.Length; place++)
        {
            if (place is > 300 and < 8000 && place % 97 != 0) continue;
            var changed = (byte[])body.Clone();
            changed[place] ^= 1;
            // Capital digits, and blanks around a trailer's value, mean the same.
            if (char.ToLowerInvariant((char)changed[place]) == char.ToLowerInvariant((char)body[place])) continue;
            if (place >= body.Length - 2) continue;
            Should.Throw<S3Exception>(() => Run(signing, chunks, new ReadOnlySequence<byte>(changed)), $"byte {place}");
        }
    }

    [Theory]
    [InlineData(PayloadSigning.Chunks)]
    [InlineData(PayloadSigning.ChunksAndTrailer)]
    [InlineData(PayloadSigning.UnsignedTrailer)]
    internal void A_body_that_ends_early_is_never_complete(PayloadSigning signing)
    {
        byte[][] chunks = [Content(8192), Content(9)];
        var body = Encode(signing, chunks);
        // Without the very last empty line all is there and verified.
        for (var length = 0; length < body.Length - 3; length++)
        {
            if (length is > 300 and < 8000) continue;
            var exception = Should.Throw<S3Exception>(() => Run(signing, chunks, new ReadOnlySequence<byte>(body, 0, length)), $"length {length}");
            exception.Error.Code.ShouldBeOneOf(S3ErrorCode.IncompleteBody, S3ErrorCode.MalformedTrailerError);
        }
    }

    [Theory]
    [InlineData("zz\r\n", S3ErrorCode.InvalidRequest)]
    [InlineData("\r\n", S3ErrorCode.InvalidRequest)]
    [InlineData("-1\r\n", S3ErrorCode.InvalidRequest)]
    [InlineData("FFFFFFFFFFFFFFFF\r\n", S3ErrorCode.InvalidRequest)]
    [InlineData("6\r\nabcdef\r\n0\r\n\r\n", S3ErrorCode.IncompleteBody)]
    [InlineData("4\r\nabcd\r\n0\r\n\r\n", S3ErrorCode.InvalidRequest, "4\r\nabcdX\r\n")]
    [InlineData("1\r\na\r\n4\r\nbcde\r\n0\r\n\r\n", S3ErrorCode.InvalidChunkSizeError)]
    [InlineData("4\r\nabcd\r\n0\r\n\r\n", S3ErrorCode.IncompleteBody)]
    [InlineData("5\nabcde\r\n0\r\n\r\n", S3ErrorCode.InvalidRequest)]
    [InlineData("5\r\nabcde\r\n0\r\nno colon\r\n\r\n", S3ErrorCode.MalformedTrailerError)]
    [InlineData("5\r\nabcde\r\n0\r\nx-amz-checksum-sha1:AAAA\r\n\r\n", S3ErrorCode.MalformedTrailerError)]
    [InlineData("5\r\nabcde\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", S3ErrorCode.BadDigest)]
    [InlineData("5\r\nabcde\r\n0\r\n\r\n", S3ErrorCode.MalformedTrailerError)]
    [InlineData("5\r\nabcde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", S3ErrorCode.MalformedTrailerError)]
    [InlineData("5\r\nabcde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\nmore", S3ErrorCode.InvalidRequest)]
    internal void Malformed_framing_has_its_error(string body, S3ErrorCode code, string? instead = null)
    {
        var bytes = Encoding.ASCII.GetBytes(instead ?? body);
        using var decoder = Decoder(PayloadSigning.UnsignedTrailer, 5, Expected(PayloadSigning.UnsignedTrailer));
        Should.Throw<S3Exception>(() =>
        {
            var input = new ReadOnlySequence<byte>(bytes);
            decoder.Decode(ref input, new byte[100]);
            decoder.CheckEnd();
        }).Error.Code.ShouldBe(code);
    }

    [Fact]
    public void Lines_have_a_bound()
    {
        foreach (var (prefix, code) in new[] { ("", S3ErrorCode.InvalidRequest), ("5\r\nabcde\r\n0\r\n", S3ErrorCode.MalformedTrailerError) })
        {
            using var decoder = Decoder(PayloadSigning.UnsignedTrailer, 5, Expected(PayloadSigning.UnsignedTrailer));
            var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(prefix + new string('1', 5000)));
            Should.Throw<S3Exception>(() => decoder.Decode(ref input, new byte[100])).Error.Code.ShouldBe(code);
        }
    }

    [Fact]
    public void Garbage_is_an_error_of_s3_and_never_another()
    {
        var pieces = Gen.OneOf(
            Gen.Elements("0\r\n", "\r\n", "5\r\n", "abcde", "a;chunk-signature=", new string('0', 64), "x-amz-checksum-crc32:", "AAAAAA==", "\n", ";", ":", "ffffffff\r\n"),
            ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => Encoding.Latin1.GetString(bytes ?? [])));
        var bodies = pieces.ArrayOf().Select(string.Concat);
        foreach (var signing in new[] { PayloadSigning.Chunks, PayloadSigning.ChunksAndTrailer, PayloadSigning.UnsignedTrailer })
        {
            Prop.ForAll(bodies.ToArbitrary(), body =>
            {
                using var decoder = Decoder(signing, 5, Expected(signing));
                try
                {
                    var input = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(body));
                    var count = decoder.Decode(ref input, new byte[100]);
                    decoder.CheckEnd();
                    return count == 5 && signing == PayloadSigning.UnsignedTrailer;
                }
                catch (S3Exception)
                {
                    return true;
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500).WithReplay(4321, 8765));
        }
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new System.Random(length).NextBytes(content);
        return content;
    }

    private static byte[] Encode(PayloadSigning signing, byte[][] chunks) => signing switch
    {
        PayloadSigning.Chunks => Signer.SignChunks(Seed, chunks),
        PayloadSigning.ChunksAndTrailer => Signer.SignChunks(Seed, chunks, Trailer),
        _ => TestSigner.UnsignedChunks(chunks, Trailer),
    };

    private static ExpectedDigests Expected(PayloadSigning signing)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        if (signing.HasTrailer()) headers["x-amz-trailer"] = "x-amz-checksum-crc32";
        ExpectedDigests.TryRead(headers, ofBody: true, signing.HasTrailer(), null, out var expected).ShouldBeNull();
        return expected;
    }

    private static AwsChunkedDecoder Decoder(PayloadSigning signing, long length, ExpectedDigests expected)
    {
        var chain = signing.IsChunkSigned() ? new ChunkSignatureChain(Signer.SigningKey(), Signer.Date, Signer.Scope, Convert.FromHexString(Seed)) : null;
        return new AwsChunkedDecoder(signing, length, chain, expected);
    }

    private static byte[] Run(PayloadSigning signing, byte[][] chunks, ReadOnlySequence<byte> body)
    {
        using var decoder = Decoder(signing, chunks.Sum(chunk => chunk.Length), Expected(signing));
        var content = new byte[20_000];
        var length = decoder.Decode(ref body, content);
        decoder.CheckEnd();
        return content[..length];
    }

    private static ReadOnlySequence<byte> Sequence(byte[] body, int split)
    {
        var first = new Segment(body.AsMemory(0, split), 0);
        var second = first.Append(body.AsMemory(split));
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
