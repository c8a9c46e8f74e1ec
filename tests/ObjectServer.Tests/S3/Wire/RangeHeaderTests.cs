using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Tests.S3.Wire;

public class RangeHeaderTests
{
    [Theory]
    [InlineData("bytes=0-4", 10, 0, 5)]
    [InlineData("bytes=5-", 10, 5, 5)]
    [InlineData("bytes=-3", 10, 7, 3)]
    [InlineData("bytes=-30", 10, 0, 10)]
    [InlineData("bytes=9-9", 10, 9, 1)]
    [InlineData("bytes=4-100", 10, 4, 6)]
    [InlineData("Bytes= 4-99999999999999999999", 10, 4, 6)]
    public void A_range_is_cut_to_the_object(string header, long size, long offset, long length)
    {
        RangeHeader.Resolve(header, size, out var range).ShouldBe(RangeKind.Partial);
        range.ShouldBe(new ByteRange(offset, length));
    }

    [Theory]
    [InlineData("bytes=10-", 10)]
    [InlineData("bytes=10-20", 10)]
    [InlineData("bytes=-0", 10)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=-5", 0)]
    [InlineData("bytes=99999999999999999999-", 10)]
    public void A_range_behind_the_end_is_unsatisfiable(string header, long size) =>
        RangeHeader.Resolve(header, size, out _).ShouldBe(RangeKind.Unsatisfiable);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=+1-2")]
    [InlineData("lines=1-2")]
    [InlineData("bytes=0-1,4-5")]
    [InlineData("bytes=1--2")]
    public void What_is_no_single_range_is_ignored(string? header)
    {
        RangeHeader.Resolve(header, 10, out var range).ShouldBe(RangeKind.Whole);
        range.ShouldBe(new ByteRange(0, 10));
    }

    [Fact]
    public void Content_range_is_inclusive() => new ByteRange(5, 3).ToContentRange(10).ShouldBe("bytes 5-7/10");

    [Fact]
    public void Any_text_gives_a_range_inside_the_object() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<string, int>((text, n) =>
        {
            var size = Math.Abs((long)n);
            var kind = RangeHeader.Resolve("bytes=" + text, size, out var range);
            return kind == RangeKind.Unsatisfiable || (range.Offset >= 0 && range.Length >= 0 && range.Offset + range.Length <= size);
        }));

    [Theory]
    [InlineData("bytes=0-4", true)]
    [InlineData("bytes=0-", false)]
    [InlineData("bytes=-4", false)]
    [InlineData("0-4", false)]
    public void A_copy_range_names_both_ends(string header, bool valid) =>
        RangeHeader.TryParseCopyRange(header, out _, out _).ShouldBe(valid);
}
