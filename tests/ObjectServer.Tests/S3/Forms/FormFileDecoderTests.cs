using System.Buffers;
using System.Text;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;

namespace ObjectStore.ObjectServer.Tests.S3.Forms;

public sealed class FormFileDecoderTests
{
    private const int Seed = 20260304;
    private static readonly byte[] Delimiter = Encoding.ASCII.GetBytes("\r\n--bound");

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("\r\n")]
    [InlineData("\r\n--boun\r\n--boun\r\r\n--")]
    [InlineData("\r\r\r\r\n\r\n-\r\n--b")]
    public void A_file_ends_at_its_delimiter_wherever_pieces_end(string content)
    {
        var body = Encoding.ASCII.GetBytes(content + "\r\n--bound--\r\nepilogue");
        for (var first = 0; first <= body.Length; first++)
        {
            foreach (var size in new[] { 1, 2, 3, 8, 9, 10, 4096 })
                Read(body, [first, body.Length - first], size).ShouldBe(content, $"split at {first}, {size} bytes a read");
        }
    }

    [Fact]
    public void A_file_of_any_bytes_comes_out_whole()
    {
        var random = new System.Random(Seed);
        for (var round = 0; round < 300; round++)
        {
            // Few different bytes, all of the delimiter's, so that much looks like its beginning.
            var content = string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => "\r\n--bouxd"[random.Next(9)]));
            var body = Encoding.ASCII.GetBytes(content + "\r\n--bound");
            var pieces = new List<int>();
            for (var left = body.Length; left > 0; left -= pieces[^1]) pieces.Add(random.Next(1, Math.Min(left, 20) + 1));
            Read(body, pieces, random.Next(1, 30)).ShouldBe(content, $"seed {Seed}, round {round}");
        }
    }

    [Theory]
    [InlineData(3, 3, null)]
    [InlineData(0, 2, S3ErrorCode.EntityTooLarge)]
    [InlineData(4, 9, S3ErrorCode.EntityTooSmall)]
    internal void The_length_is_held_to_its_range(long min, long max, S3ErrorCode? code)
    {
        using var decoder = new FormFileDecoder(Delimiter, min, max);
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("abc\r\n--bound--"));
        if (code is null) decoder.Decode(ref input, new byte[10]).ShouldBe(3);
        else Should.Throw<S3Exception>(() => decoder.Decode(ref input, new byte[10])).Error.Code.ShouldBe(code.Value);
    }

    [Fact]
    public void A_form_that_breaks_off_in_its_file_is_malformed()
    {
        using var decoder = new FormFileDecoder(Delimiter, 0, 100);
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("abc\r\n--boun"));
        decoder.Decode(ref input, new byte[100]).ShouldBe(3);
        Should.Throw<S3Exception>(decoder.CheckEnd).Error.Code.ShouldBe(S3ErrorCode.MalformedPOSTRequest);
    }

    /// <param name="pieces">Lengths of the segments that arrive one after the other.</param>
    private static string Read(byte[] body, IReadOnlyList<int> pieces, int destinationBytes)
    {
        using var decoder = new FormFileDecoder(Delimiter, 0, long.MaxValue);
        var content = new StringBuilder();
        var destination = new byte[destinationBytes];
        var (used, available, next) = (0, 0, 0);
        while (!decoder.IsOver)
        {
            var input = Sequence(body, used, available);
            var before = input.Length;
            var count = decoder.Decode(ref input, destination);
            used += (int)(before - input.Length);
            content.Append(Encoding.ASCII.GetString(destination, 0, count));
            if (count < destination.Length && !decoder.IsOver)
            {
                next.ShouldBeLessThan(pieces.Count, "All of the body is there, and its end was not found.");
                available += pieces[next++];
            }
        }
        return content.ToString();
    }

    // A segment a byte, so that no search gets by with the first.
    private static ReadOnlySequence<byte> Sequence(byte[] body, int from, int to)
    {
        if (from == to) return ReadOnlySequence<byte>.Empty;
        var first = new Segment(body.AsMemory(from, 1), null);
        var last = first;
        for (var at = from + 1; at < to; at++) last = new Segment(body.AsMemory(at, 1), last);
        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
