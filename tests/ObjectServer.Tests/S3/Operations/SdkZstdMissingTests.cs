using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Tests.Admin;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>A machine without libzstd says so, and what it cannot do now comes back with the library.</summary>
public sealed class SdkZstdMissingTests : IAsyncLifetime
{
    private const string Problem = "there is no libzstd1";

    private readonly SdkServer _server;
    private volatile string? _problem;

    public SdkZstdMissingTests() => _server = new SdkServer { FindZstdProblem = () => _problem };

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_is_compressed_is_answered_with_503_and_a_logged_reason_until_the_library_is_there()
    {
        var bucket = await _server.NewBucketAsync();
        await PutAsync(bucket, "plain");
        (await _server.Buckets.SetCompressionAsync(bucket, BucketCompression.Default, default)).IsOk.ShouldBeTrue();
        await PutAsync(bucket, "k");
        _problem = Problem;

        foreach (var range in new[] { null, new ByteRange(5, 10) }) await ShouldBeUnavailableAsync(() => ReadAsync(bucket, "k", range));
        await ShouldBeUnavailableAsync(() => PutAsync(bucket, "new"));
        _server.Logged.Count(message => message.Contains(Problem, StringComparison.Ordinal)).ShouldBe(3);
        _server.LastFault.ShouldBeNull();
        // What asks nothing of the library goes on.
        (await ReadAsync(bucket, "plain")).ShouldBe(Texts.Of(100_000, 1));
        (await _server.Client.GetObjectMetadataAsync(bucket, "k")).ContentLength.ShouldBe(100_000);
        await _server.Client.CopyObjectAsync(bucket, "k", bucket, "copy");

        _problem = null;
        (await ReadAsync(bucket, "k")).ShouldBe(Texts.Of(100_000, 1));
        (await ReadAsync(bucket, "copy")).ShouldBe(Texts.Of(100_000, 1));
        await PutAsync(bucket, "new");
        _server.Services.Engine.Compression.Contexts.Rented.ShouldBe(0);
    }

    [Fact]
    public async Task Compression_of_a_bucket_is_not_switched_on_where_there_is_none()
    {
        using var admin = new AdminCaller(_server);
        var path = $"buckets/{await _server.NewBucketAsync()}/compression";
        _problem = Problem;
        var refused = await admin.SendAsync("PUT", path, """{"enabled": true}""");
        refused.Outcome.ShouldBe("503 ServiceUnavailable");
        refused.Text.ShouldContain(Problem);
        (await admin.SendAsync("GET", path)).Text.ShouldBe("""{"enabled":false}""");
        (await admin.SendAsync("PUT", path, """{"enabled": false}""")).Status.ShouldBe(200);
    }

    private static async Task ShouldBeUnavailableAsync(Func<Task> request)
    {
        var refused = await Should.ThrowAsync<AmazonS3Exception>(request);
        (refused.StatusCode, refused.ErrorCode).ShouldBe((HttpStatusCode.ServiceUnavailable, "ServiceUnavailable"));
        refused.Message.ShouldNotContain(Problem);
    }

    private Task PutAsync(string bucket, string key) =>
        _server.Client.PutObjectAsync(new() { BucketName = bucket, Key = key, InputStream = new MemoryStream(Texts.Of(100_000, 1)), ContentType = "text/plain" });

    private async Task<byte[]> ReadAsync(string bucket, string key, ByteRange? range = null)
    {
        using var answer = await _server.Client.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = key, ByteRange = range });
        using var bytes = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
