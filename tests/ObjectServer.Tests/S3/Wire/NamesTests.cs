using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Tests.S3.Wire;

public class NamesTests
{
    [Theory]
    [InlineData("abc")]
    [InlineData("my.bucket-1")]
    [InlineData("1bucket")]
    [InlineData("192.168.5")]
    public void Good_bucket_names(string name) => Names.IsBucketName(name).ShouldBeTrue();

    [Theory]
    [InlineData("ab")]
    [InlineData("Abc")]
    [InlineData("a_bc")]
    [InlineData(".abc")]
    [InlineData("abc-")]
    [InlineData("a..b")]
    [InlineData("foo-.bar")]
    [InlineData("192.168.5.123")]
    [InlineData("xn--abc")]
    [InlineData("abc-s3alias")]
    [InlineData("abc--x-s3")]
    [InlineData("büc")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Bad_bucket_names(string name) => Names.IsBucketName(name).ShouldBeFalse();

    [Fact]
    public void A_key_has_at_most_1024_bytes_of_utf_8()
    {
        Names.IsTooLong(new string('a', 1024)).ShouldBeFalse();
        Names.IsTooLong(new string('a', 1025)).ShouldBeTrue();
        Names.IsTooLong(new string('é', 512)).ShouldBeFalse();
        Names.IsTooLong(new string('é', 513)).ShouldBeTrue();
        Names.IsTooLong(new string('日', 341)).ShouldBeFalse();
        Names.IsTooLong(new string('日', 342)).ShouldBeTrue();
    }
}
