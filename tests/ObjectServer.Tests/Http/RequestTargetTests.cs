using ObjectStore.Server.Http;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.ObjectServer.Tests.Http;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/", null, null)]
    [InlineData("/b", "b", null)]
    [InlineData("/b/", "b", null)]
    [InlineData("/b/k", "b", "k")]
    [InlineData("/b//", "b", "/")]
    [InlineData("/b//k", "b", "/k")]
    [InlineData("/b/a//c", "b", "a//c")]
    [InlineData("/b/a/", "b", "a/")]
    [InlineData("/b/./x/../y", "b", "./x/../y")]
    [InlineData("/b/%2e%2e/y", "b", "../y")]
    [InlineData("/b/a%2Fb", "b", "a/b")]
    [InlineData("/b/a%2fb", "b", "a/b")]
    [InlineData("/b/a+b", "b", "a+b")]
    [InlineData("/b/a%20b", "b", "a b")]
    [InlineData("/b/%25", "b", "%")]
    [InlineData("/b/%252F", "b", "%2F")]
    [InlineData("/b/%00", "b", "\0")]
    [InlineData("/b/%0A%7F", "b", "\n\u007F")]
    [InlineData("/b/%E2%82%AC", "b", "\u20AC")]
    [InlineData("/b/%F0%9F%98%80", "b", "\U0001F600")]
    [InlineData("/b/k?x=/y", "b", "k")]
    [InlineData("/b?prefix=/k", "b", null)]
    [InlineData("/%62/k", "b", "k")]
    [InlineData("http://h:9000/b/k?q", "b", "k")]
    [InlineData("http://h", null, null)]
    [InlineData("http://h?q", null, null)]
    [InlineData("/b/http://x/y", "b", "http://x/y")]
    public void A_target_is_decoded_exactly(string raw, string? bucket, string? key)
    {
        RequestTarget.Parse(raw).Resolve(null, out var foundBucket, out var foundKey).ShouldBeNull();
        foundBucket.ShouldBe(bucket);
        foundKey.ShouldBe(key);
    }

    [Theory]
    [InlineData("/", null)]
    [InlineData("/b/k", "b/k")]
    [InlineData("//", "/")]
    [InlineData("/-/health/live", "-/health/live")]
    public void With_a_bucket_in_the_host_the_whole_path_is_the_key(string raw, string? key)
    {
        RequestTarget.Parse(raw).Resolve("photos", out var bucket, out var found).ShouldBeNull();
        bucket.ShouldBe("photos");
        found.ShouldBe(key);
    }

    [Theory]
    [InlineData("/b/%", S3ErrorCode.InvalidURI)]
    [InlineData("/b/%4", S3ErrorCode.InvalidURI)]
    [InlineData("/b/%zz", S3ErrorCode.InvalidURI)]
    [InlineData("/b/%FF", S3ErrorCode.InvalidURI)]
    [InlineData("/b/%C0%AF", S3ErrorCode.InvalidURI)]
    [InlineData("/b/%ED%A0%80", S3ErrorCode.InvalidURI)]
    [InlineData("/%FF/k", S3ErrorCode.InvalidURI)]
    [InlineData("*", S3ErrorCode.InvalidURI)]
    [InlineData("//k", S3ErrorCode.InvalidBucketName)]
    internal void What_names_no_key_is_refused(string raw, S3ErrorCode code) =>
        RequestTarget.Parse(raw).Resolve(null, out _, out _).ShouldNotBeNull().Code.ShouldBe(code);

    [Fact]
    public void Keys_have_at_most_1024_bytes()
    {
        RequestTarget.Parse("/b/" + new string('k', 1024)).Resolve(null, out _, out _).ShouldBeNull();
        RequestTarget.Parse("/b/" + new string('k', 1025)).Resolve(null, out _, out _).ShouldNotBeNull().Code.ShouldBe(S3ErrorCode.KeyTooLongError);
        var euros = string.Concat(Enumerable.Repeat("%E2%82%AC", 341));
        RequestTarget.Parse($"/b/{euros}a").Resolve(null, out _, out _).ShouldBeNull();
        RequestTarget.Parse($"/b/{euros}aa").Resolve(null, out _, out _).ShouldNotBeNull().Code.ShouldBe(S3ErrorCode.KeyTooLongError);
    }

    [Theory]
    [InlineData("photos.s3.example.org", "photos")]
    [InlineData("photos.s3.example.org:9000", "photos")]
    [InlineData("PHOTOS.S3.Example.ORG", "photos")]
    [InlineData("my.photos.s3.example.org", "my.photos")]
    [InlineData("s3.example.org", null)]
    [InlineData("s3.example.org:443", null)]
    [InlineData("photos.example.org", "photos")]
    [InlineData("example.org", null)]
    [InlineData(".example.org", null)]
    [InlineData("elsewhere.net", null)]
    [InlineData("evilexample.org", null)]
    [InlineData("127.0.0.1:9000", null)]
    [InlineData("[::1]:9000", null)]
    [InlineData("", null)]
    public void A_bucket_may_stand_in_the_host(string host, string? bucket) =>
        new VirtualHosts(["example.org", "s3.Example.org"]).BucketOf(host).ShouldBe(bucket);

    [Fact]
    public void Request_ids_do_not_repeat()
    {
        var ids = new RequestIds(new Random(1));
        var all = Enumerable.Range(0, 10_000).Select(_ => ids.Next()).ToHashSet();
        all.Count.ShouldBe(10_000);
        all.ShouldAllBe(id => id.Length == 16);
    }
}
