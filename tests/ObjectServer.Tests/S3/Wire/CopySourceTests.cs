using FsCheck;
using FsCheck.Fluent;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Tests.S3.Wire;

public class CopySourceTests
{
    [Theory]
    [InlineData("/b/k", "b", "k", null)]
    [InlineData("b/k", "b", "k", null)]
    [InlineData("b/a%2Fb%20c%3FversionId=1", "b", "a/b c?versionId=1", null)]
    [InlineData("%2Fb%2Fk", "b", "k", null)]
    [InlineData("b/a+b", "b", "a+b", null)]
    [InlineData("b/k?versionId=v1", "b", "k", "v1")]
    [InlineData("b//k/", "b", "/k/", null)]
    [InlineData("b/%C3%A9", "b", "é", null)]
    [InlineData("b/\u00C3\u00A9", "b", "é", null)]
    public void A_source_names_bucket_key_and_version(string header, string bucket, string key, string? version)
    {
        CopySource.TryParse(header, out var source).ShouldBeTrue();
        source.ShouldBe(new CopySource(bucket, key, version));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("b")]
    [InlineData("b/")]
    [InlineData("//k")]
    [InlineData("b/%zz")]
    [InlineData("b/%ff")]
    [InlineData("b/k?versionId=")]
    public void Anything_else_is_refused(string header) => CopySource.TryParse(header, out _).ShouldBeFalse();

    [Fact]
    public void Any_text_parses_or_is_refused() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<string>(text =>
        {
            _ = CopySource.TryParse(text ?? "", out _);
            _ = CopySource.TryParse("b/%" + text, out _);
        }));
}
