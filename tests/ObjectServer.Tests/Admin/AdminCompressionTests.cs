using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Admin;

/// <summary>Compression is set by the admin API, and clients see nothing of it.</summary>
public sealed class AdminCompressionTests(SdkServer server) : IClassFixture<SdkServer>, IDisposable
{
    private readonly AdminCaller _admin = new(server);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_bucket_compresses_what_its_settings_say()
    {
        var path = $"buckets/{await server.NewBucketAsync()}/compression";
        (await _admin.SendAsync("GET", path)).Text.ShouldBe("""{"enabled":false}""");
        (await _admin.SendAsync("PUT", path, """{"enabled": true}""")).Text.ShouldBe("""{"enabled":true,"level":1,"types":[],"extensions":[]}""");
        var set = """{"enabled":true,"level":3,"types":["text/*","application/json"],"extensions":[".log"]}""";
        (await _admin.SendAsync("PUT", path, """{"enabled": true, "level": 3, "types": ["Text/*", "application/json"], "extensions": ["log"]}""")).Text.ShouldBe(set);
        (await _admin.SendAsync("GET", path)).Text.ShouldBe(set);
        (await _admin.SendAsync("PUT", path, """{"enabled": false}""")).Text.ShouldBe("""{"enabled":false}""");
        (await _admin.SendAsync("GET", path)).Text.ShouldBe("""{"enabled":false}""");
    }

    [Theory]
    [InlineData("{}", "400 MalformedDocument")]
    [InlineData("""{"enabled": true, "level": 0}""", "400 ValidationError")]
    [InlineData("""{"enabled": true, "types": ["text"]}""", "400 ValidationError")]
    [InlineData("""{"enabled": false, "level": 1}""", "400 ValidationError")]
    [InlineData("""{"enabled": true, "what": 1}""", "400 MalformedDocument")]
    public async Task What_means_nothing_is_refused(string body, string outcome) =>
        (await _admin.SendAsync("PUT", $"buckets/{await server.NewBucketAsync()}/compression", body)).Outcome.ShouldBe(outcome);

    [Fact]
    public async Task A_bucket_that_is_not_there_has_none()
    {
        (await _admin.SendAsync("GET", "buckets/no-such-bucket/compression")).Outcome.ShouldBe("404 NoSuchEntity");
        (await _admin.SendAsync("PUT", "buckets/no-such-bucket/compression", """{"enabled": true}""")).Outcome.ShouldBe("404 NoSuchEntity");
    }
}
