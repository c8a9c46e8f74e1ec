namespace ObjectStore.Server.Tests.S3.Operations;

public class CopyObjectTests
{
    private const string Md5OfHello = "5d41402abc4b2a76b9719d911017c592";

    private static async Task<OperationHarness> WithSourceAsync()
    {
        var s3 = await OperationHarness.OpenAsync(time: new FixedTime());
        await s3.SendAsync("PUT", "/bucket");
        await s3.SendAsync("PUT", "/other");
        await s3.SendAsync("PUT", "/bucket/a%20b", "hello", ("Content-Type", "text/plain"), ("x-amz-meta-a", "1"), ("x-amz-checksum-crc32", "NhCmhg=="));
        return s3;
    }

    [Fact]
    public async Task A_copy_has_the_source_s_bytes_and_headers()
    {
        await using var s3 = await WithSourceAsync();
        var copy = await s3.SendAsync("PUT", "/other/c", "", ("x-amz-copy-source", "/bucket/a%20b"));
        copy.Xml.ShouldBe(
            $"<CopyObjectResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LastModified>{FixedTime.Iso}</LastModified><ETag>&quot;{Md5OfHello}&quot;</ETag>"
            + "<ChecksumCRC32>NhCmhg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType></CopyObjectResult>");
        var got = await s3.SendAsync("GET", "/other/c");
        got.Text.ShouldBe("hello");
        got.Header("Content-Type").ShouldBe("text/plain");
        got.Header("x-amz-meta-a").ShouldBe("1");
    }

    [Fact]
    public async Task Replace_takes_the_request_s_headers()
    {
        await using var s3 = await WithSourceAsync();
        await s3.SendAsync("PUT", "/bucket/a%20b", "", ("x-amz-copy-source", "bucket/a%20b"), ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-b", "2"));
        var got = await s3.SendAsync("HEAD", "/bucket/a%20b");
        got.Header("Content-Type").ShouldBe("binary/octet-stream");
        got.Header("x-amz-meta-a").ShouldBeNull();
        got.Header("x-amz-meta-b").ShouldBe("2");
    }

    [Theory]
    [InlineData("x-amz-metadata-directive", "MERGE", "400 InvalidArgument")]
    [InlineData("x-amz-tagging-directive", "MERGE", "400 InvalidArgument")]
    [InlineData("x-amz-copy-source-if-match", Md5OfHello, "200")]
    [InlineData("x-amz-copy-source-if-match", "x", "412 PreconditionFailed")]
    [InlineData("x-amz-copy-source-if-none-match", Md5OfHello, "412 PreconditionFailed")]
    [InlineData("x-amz-copy-source-if-modified-since", FixedTime.Http, "412 PreconditionFailed")]
    [InlineData("x-amz-copy-source-if-unmodified-since", "Sat, 01 Jun 2024 11:00:00 GMT", "412 PreconditionFailed")]
    [InlineData("x-amz-checksum-algorithm", "SHA9", "400 InvalidRequest")]
    [InlineData("x-amz-website-redirect-location", "/x", "501 NotImplemented")]
    [InlineData("If-None-Match", "*", "200")]
    public async Task Directives_and_conditions_are_checked(string header, string value, string outcome)
    {
        await using var s3 = await WithSourceAsync();
        (await s3.SendAsync("PUT", "/other/c", "", ("x-amz-copy-source", "bucket/a%20b"), (header, value))).Outcome.ShouldBe(outcome);
    }

    [Theory]
    [InlineData("bucket/a%20b", "400 InvalidRequest")]
    [InlineData("bucket", "400 InvalidArgument")]
    [InlineData("bucket/none", "404 NoSuchKey")]
    [InlineData("nowhere/none", "404 NoSuchBucket")]
    public async Task A_source_that_makes_no_sense_is_refused(string source, string outcome)
    {
        await using var s3 = await WithSourceAsync();
        (await s3.SendAsync("PUT", "/bucket/a%20b", "", ("x-amz-copy-source", source))).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task An_old_version_is_a_source()
    {
        await using var s3 = await WithSourceAsync();
        await s3.SendAsync("PUT", "/bucket?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        var version = (await s3.SendAsync("PUT", "/bucket/v", "one")).Header("x-amz-version-id");
        await s3.SendAsync("PUT", "/bucket/v", "two");
        var copy = await s3.SendAsync("PUT", "/bucket/c", "", ("x-amz-copy-source", $"bucket/v?versionId={version}"));
        copy.Header("x-amz-copy-source-version-id").ShouldBe(version);
        copy.Header("x-amz-version-id").ShouldNotBeNull();
        (await s3.SendAsync("GET", "/bucket/c")).Text.ShouldBe("one");
    }
}
