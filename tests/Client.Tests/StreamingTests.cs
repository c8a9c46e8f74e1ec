using ObjectStore.Client.S3;
using static ObjectStore.Client.Tests.ScriptedServer;

namespace ObjectStore.Client.Tests;

/// <summary>Bodies that are streamed: how they are signed, when they are sent again, and what a stall comes to.</summary>
public sealed class StreamingTests : IDisposable
{
    private static readonly Credentials Key = new("key", "secret-of-the-tests");
    private readonly List<Connection> _connections = [];

    /// <summary>Source: S3 API Reference, "Signature calculations: transferring a payload in multiple chunks", its example.</summary>
    [Fact]
    public void Chunks_are_signed_as_in_the_example_of_AWS()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "https://s3.amazonaws.com/examplebucket/chunkObject.txt");
        request.Headers.TryAddWithoutValidation("x-amz-storage-class", "REDUCED_REDUNDANCY");
        var credentials = new Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        var then = new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);
        // The example also signs Content-Encoding and Content-Length, so only its key and scope are taken, and its seed is given.
        var signer = RequestSigner.Sign(request, ChunkSigner.ContentHash, credentials, "us-east-1", "s3", then)
            .After("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
        var bytes = Enumerable.Repeat((byte)'a', 65536).ToArray();
        signer.Sign(bytes).ShouldBe("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
        signer.Sign(bytes.AsSpan(0, 1024)).ShouldBe("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
        signer.Sign([]).ShouldBe("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
    }

    [Fact]
    public async Task A_body_that_can_be_read_again_is_sent_again_from_its_beginning()
    {
        await using var server = new ScriptedServer(null, Answer(500, "<html>a proxy"), Answer(200, headers: "ETag: \"e\"\r\n"));
        var opened = 0;
        var body = StreamedBody.Repeatable(5, _ =>
        {
            opened++;
            return ValueTask.FromResult<Stream>(new MemoryStream("hello"u8.ToArray()));
        });
        (await S3(server.Endpoint).PutObjectAsync("bucket", "key", body, [], CancellationToken.None)).ETag.ShouldBe("\"e\"");
        (opened, server.Requests.Count).ShouldBe((3, 3));
    }

    [Fact]
    public async Task A_body_that_can_be_read_once_is_sent_once()
    {
        await using var server = new ScriptedServer((string?)null);
        var error = await Should.ThrowAsync<ClientException>(() =>
            S3(server.Endpoint).PutObjectAsync("bucket", "key", StreamedBody.Once(new MemoryStream([1, 2, 3]), 3), [], CancellationToken.None));
        (error.IsTransient, error.IsOutcomeUnknown, server.Requests.Count).ShouldBe((true, true, 1));
    }

    [Fact]
    public async Task A_source_that_ends_early_is_its_own_error_and_nothing_is_sent_again()
    {
        await using var server = new ScriptedServer(Answer(200));
        await Should.ThrowAsync<StreamSourceException>(() =>
            S3(server.Endpoint).PutObjectAsync("bucket", "key", StreamedBody.Repeatable(10, _ => ValueTask.FromResult<Stream>(new MemoryStream([1, 2, 3]))), [], CancellationToken.None));
    }

    [Fact]
    public async Task A_body_of_which_nothing_moves_any_more_is_given_up()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 Text\r\nContent-Length: 100\r\n\r\nhello") { StaysOpen = true };
        await using var answer = await S3(server.Endpoint).OpenObjectAsync("bucket", "key", null, null, [], CancellationToken.None);
        var error = await Should.ThrowAsync<ClientException>(() => answer.Body.CopyToAsync(Stream.Null));
        (error.Kind, error.IsTransient).ShouldBe((ClientErrorKind.TimedOut, true));
    }

    [Fact]
    public async Task A_body_that_is_cut_is_an_error_and_no_shorter_object()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 Text\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhello");
        await using var answer = await S3(server.Endpoint).OpenObjectAsync("bucket", "key", null, null, [], CancellationToken.None);
        (await Should.ThrowAsync<ClientException>(() => answer.Body.CopyToAsync(Stream.Null))).Kind.ShouldBe(ClientErrorKind.Unreachable);
    }

    [Fact]
    public async Task A_slow_reader_is_no_stalled_server()
    {
        await using var server = new ScriptedServer(Answer(200, new string('x', 1 << 20)));
        await using var answer = await S3(server.Endpoint).OpenObjectAsync("bucket", "key", null, null, [], CancellationToken.None);
        var buffer = new byte[1 << 20];
        await answer.Body.ReadExactlyAsync(buffer.AsMemory(0, 10));
        await Task.Delay(TimeSpan.FromMilliseconds(600));
        await answer.Body.ReadExactlyAsync(buffer.AsMemory(10));
    }

    [Fact]
    public async Task An_upload_that_fails_behind_its_status_is_an_error()
    {
        await using var server = new ScriptedServer(Answer(200, "<Error><Code>InternalError</Code><Message>We failed.</Message></Error>"));
        var error = await Should.ThrowAsync<ClientException>(() =>
            S3(server.Endpoint).CompleteUploadAsync("bucket", new Upload("key", "id"), [new UploadedPart(1, "e")], [], CancellationToken.None));
        (error.Code, error.IsTransient).ShouldBe(("InternalError", true));
    }

    [Fact]
    public async Task An_object_without_its_version_is_deleted_once()
    {
        await using var server = new ScriptedServer((string?)null);
        await Should.ThrowAsync<ClientException>(() => S3(server.Endpoint).DeleteObjectAsync("bucket", "key", null, [], CancellationToken.None));
        server.Requests.Count.ShouldBe(1);
        await Should.ThrowAsync<ClientException>(() => S3(server.Endpoint).DeleteObjectAsync("bucket", "key", "v", [], CancellationToken.None));
        server.Requests.Count.ShouldBeGreaterThan(3, "a version can be deleted again");
    }

    [Fact]
    public void A_bucket_stands_in_the_path_or_in_the_host()
    {
        Connect(new Uri("http://127.0.0.1:9000")).AddressOf(new WireRequest(HttpMethod.Get, "/bucket/key", "s3")).AbsoluteUri.ShouldBe("http://127.0.0.1:9000/bucket/key");
        Connect(new Uri("https://s3.example.org")).AddressOf(new WireRequest(HttpMethod.Get, "/key", "s3") { Host = "bucket" }).AbsoluteUri.ShouldBe("https://bucket.s3.example.org/key");
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
    }

    private S3Client S3(Uri endpoint) => new(Connect(endpoint), Key);

    private Connection Connect(Uri endpoint)
    {
        var connection = new Connection(new ConnectionOptions
        {
            Endpoint = endpoint, FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(2), StallTimeout = TimeSpan.FromMilliseconds(300),
        }, TimeProvider.System, new Random(1));
        _connections.Add(connection);
        return connection;
    }
}
