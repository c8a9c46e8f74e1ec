using System.Net;
using System.Net.Sockets;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Client.S3;
using static ObjectStore.Client.Tests.ScriptedServer;

namespace ObjectStore.Client.Tests;

/// <summary>What a client makes of answers, of their absence, and when it asks again.</summary>
public sealed class ConnectionTests : IDisposable
{
    private const string Versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    private static readonly Credentials Key = new("key", "secret-of-the-tests");
    private readonly List<Connection> _connections = [];

    [Fact]
    public async Task An_error_of_S3_tells_status_code_message_and_request()
    {
        await using var server = new ScriptedServer(Answer(409, "<Error><Code>BucketNotEmpty</Code><Message>It is not empty.</Message></Error>", "x-amz-request-id: 4242\r\n"));
        var error = await Should.ThrowAsync<ClientException>(() => S3(server.Endpoint).DeleteBucketAsync("bucket", CancellationToken.None));
        (error.Kind, error.Status, error.Code, error.Message, error.RequestId, error.IsTransient, error.IsOutcomeUnknown)
            .ShouldBe((ClientErrorKind.Refused, 409, "BucketNotEmpty", "It is not empty.", "4242", false, false));
    }

    [Fact]
    public async Task An_error_of_IAM_is_read_in_its_envelope()
    {
        await using var server = new ScriptedServer(Answer(409, "<ErrorResponse><Error><Type>Sender</Type><Code>EntityAlreadyExists</Code><Message>It is there.</Message></Error></ErrorResponse>"));
        var error = await Should.ThrowAsync<ClientException>(() => Iam(server.Endpoint).CreateAsync(new NewIamIdentity(IamHolder.User("u")), CancellationToken.None));
        (error.Status, error.Code, error.Message).ShouldBe((409, "EntityAlreadyExists", "It is there."));
    }

    [Fact]
    public async Task An_error_of_the_admin_API_is_read_from_its_document()
    {
        await using var server = new ScriptedServer(Answer(401, """{"code": "InvalidAccessKeyId", "message": "Who?"}"""));
        var error = await Should.ThrowAsync<ClientException>(() => new AdminClient(Connect(server.Endpoint), Key).ListAccountsAsync(CancellationToken.None));
        (error.Status, error.Code, error.IsNotAllowed).ShouldBe((401, "InvalidAccessKeyId", true));
    }

    [Fact]
    public async Task An_answer_to_HEAD_is_told_by_its_status()
    {
        await using var server = new ScriptedServer(
            Answer(404), Answer(403), Answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"), Answer(403), Answer(403, "<Error><Code>AccessDenied</Code></Error>"), Answer(200));
        var s3 = S3(server.Endpoint);
        (await s3.BucketExistsAsync("bucket", CancellationToken.None)).ShouldBeFalse();
        (await Should.ThrowAsync<ClientException>(() => s3.BucketExistsAsync("bucket", CancellationToken.None))).Code.ShouldBe("SignatureDoesNotMatch", "the body of GET says more");
        (await Should.ThrowAsync<ClientException>(() => s3.BucketExistsAsync("bucket", CancellationToken.None))).Code.ShouldBe("AccessDenied");
        (await s3.BucketExistsAsync("bucket", CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_reads_is_asked_again_when_the_connection_breaks_or_the_server_fails()
    {
        await using var server = new ScriptedServer(null, Answer(500, "<Error><Code>InternalError</Code></Error>"), Answer(200, Versioning));
        (await S3(server.Endpoint).GetVersioningAsync("bucket", CancellationToken.None)).ShouldBe(BucketVersioning.Enabled);
        server.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task What_makes_something_is_not_sent_again_when_nobody_knows_whether_it_was_made()
    {
        await using var server = new ScriptedServer((string?)null);
        var error = await Should.ThrowAsync<ClientException>(() => Iam(server.Endpoint).CallAsync("CreateAccessKey", CancellationToken.None, ("UserName", "u")));
        (error.Kind, error.IsTransient, error.IsOutcomeUnknown).ShouldBe((ClientErrorKind.Unreachable, true, true));
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_surely_not_begun_is_sent_again()
    {
        await using var server = new ScriptedServer(Answer(503, "<Error><Code>SlowDown</Code></Error>"), Answer(200));
        await S3(server.Endpoint).CreateBucketAsync(new NewBucket("bucket"), CancellationToken.None);
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_server_that_stays_unavailable_is_given_up_with_its_own_error()
    {
        await using var server = new ScriptedServer(Answer(503, "<Error><Code>SlowDown</Code></Error>"));
        var error = await Should.ThrowAsync<ClientException>(() => S3(server.Endpoint).GetVersioningAsync("bucket", CancellationToken.None));
        (error.Code, error.IsTransient, error.IsOutcomeUnknown).ShouldBe(("SlowDown", true, false));
        server.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_server_that_is_not_there_was_sent_nothing()
    {
        // Bound and not listening: nobody else gets the port, and nobody answers.
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var error = await Should.ThrowAsync<ClientException>(() =>
            S3(new Uri($"http://127.0.0.1:{((IPEndPoint)nobody.LocalEndPoint!).Port}")).DeleteBucketAsync("bucket", CancellationToken.None));
        (error.Kind, error.IsTransient, error.IsOutcomeUnknown).ShouldBe((ClientErrorKind.Unreachable, true, false));
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_not_taken()
    {
        await using var server = new ScriptedServer(Answer(200, new string(' ', 2000)));
        var error = await Should.ThrowAsync<ClientException>(() => S3(server.Endpoint).GetVersioningAsync("bucket", CancellationToken.None));
        (error.Kind, error.IsTransient).ShouldBe((ClientErrorKind.Foreign, false));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_leaves_the_outcome_unknown()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var connection = Connect(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}"), answerTimeout: TimeSpan.FromMilliseconds(100));
        var error = await Should.ThrowAsync<ClientException>(() => new S3Client(connection, Key).DeleteBucketAsync("bucket", CancellationToken.None));
        (error.Kind, error.IsTransient, error.IsOutcomeUnknown).ShouldBe((ClientErrorKind.TimedOut, true, true));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_an_answer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(() =>
            S3(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}")).GetVersioningAsync("bucket", cancelled.Token));
    }

    [Fact]
    public async Task Keys_with_segments_that_are_dots_stay_as_they_are()
    {
        await using var server = new ScriptedServer(Answer(204));
        await S3(server.Endpoint).AbortUploadAsync("bucket", new Upload("../other/./key", "1"), CancellationToken.None);
        server.Requests.ShouldBe(["DELETE /bucket/../other/./key?uploadId=1 HTTP/1.1"]);
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
    }

    private S3Client S3(Uri endpoint) => new(Connect(endpoint), Key);

    private IamClient Iam(Uri endpoint) => new(Connect(endpoint), Key);

    private Connection Connect(Uri endpoint, TimeSpan? answerTimeout = null)
    {
        var connection = new Connection(new ConnectionOptions
        {
            Endpoint = endpoint,
            AnswerTimeout = answerTimeout ?? TimeSpan.FromSeconds(60),
            MaxAnswerBytes = 1000,
            FirstPause = TimeSpan.FromMilliseconds(1),
        }, TimeProvider.System, new Random(1));
        _connections.Add(connection);
        return connection;
    }
}
