using System.Text;
using System.Xml.Linq;

namespace ObjectStore.ObjectServer.Tests.Http;

public sealed class HttpFaultTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync([new FakePut(), new FakeGet()]);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public static TheoryData<string, string> Faults => new()
    {
        { "nonsense\r\n\r\n", "BadRequest" },
        { "GET /b/k HTTP/9.9\r\nHost: h\r\n\r\n", "BadRequest" },
        { "GET /b/k HTTP/1.1\r\n\r\n", "BadRequest" },
        { "GET /b/k HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "BadRequest" },
        { "GET /b/k HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "BadRequest" },
        { "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: many\r\n\r\n", "BadRequest" },
        { "GET /b/\u00FC HTTP/1.1\r\nHost: h\r\n\r\n", "BadRequest" },
        { $"GET /b/{new string('k', 20_000)} HTTP/1.1\r\nHost: h\r\n\r\n", "InvalidURI" },
        { $"GET /b/k HTTP/1.1\r\nHost: h\r\nx-amz-meta-a: {new string('v', 40_000)}\r\n\r\n", "RequestHeaderSectionTooLarge" },
        { "GET /b/k HTTP/1.1\r\nHost: h\r\n" + string.Concat(Enumerable.Range(0, 200).Select(number => $"h{number}: v\r\n")) + "\r\n", "RequestHeaderSectionTooLarge" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_is_no_http_request_is_refused_in_the_form_of_s3(string request, string code)
    {
        var answer = await _server.SendAsync(request);
        answer.Status.ShouldBe(400, answer.Head);
        answer.Code.ShouldBe(code);
        answer.Header("Connection").ShouldBe("close");
        XDocument.Parse(answer.Body).Root!.Element("RequestId")!.Value.ShouldBe(answer.Header("x-amz-request-id"));
    }

    [Fact]
    public async Task A_fault_behind_a_good_request_of_the_same_connection_is_answered_too()
    {
        using var connection = await _server.ConnectAsync();
        await connection.SendAsync("GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray());
        (await RawAnswer.ReadAsync(connection)).Code.ShouldBe("AccessDenied");
        await connection.SendAsync("nonsense\r\n\r\n"u8.ToArray());
        (await RawAnswer.ReadAsync(connection)).Code.ShouldBe("BadRequest");
    }

    [Fact]
    public async Task Garbage_neither_hangs_nor_breaks_the_server()
    {
        const int Seed = 99;
        var random = new Random(Seed);
        for (var round = 0; round < 100; round++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            var tail = Encoding.ASCII.GetBytes("\r\n\r\n");
            (await _server.SendAsync([.. bytes, .. tail])).Status.ShouldBeOneOf(0, 400, 403, 405);
        }
        (await _server.SendAsync("GET /-/health/live HTTP/1.1\r\nHost: h\r\n\r\n")).Status.ShouldBe(200);
    }
}
