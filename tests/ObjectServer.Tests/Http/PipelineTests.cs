using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using ObjectStore.ObjectServer.Tests.S3;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.ObjectServer.Tests.Http;

public sealed class PipelineTests : IAsyncLifetime
{
    private readonly FakePut _put = new();
    private readonly FakeGet _get = new();
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync([_put, _get, new FakeDocument(), new FakeSlow()], null, "s3.test");
        _server.Health.Serve(() => HealthReport.Ready);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Invariant_9_without_a_signature_no_row_runs_and_no_byte_of_a_body_is_asked_for()
    {
        // A preflight is no request of anybody's, and a form carries its signature in its body: see CorsTests and PostObjectTests.
        foreach (var row in OperationTable.Rows.Where(row => row.Action is not null && row.Name != S3OperationName.PostObject))
        {
            var selectors = row.Selectors ?? [];
            var isOfTags = selectors.Contains(SelectorSet.ResourceTags);
            var path = isOfTags ? $"{S3Control.TagsPath}arn%3Aaws%3As3%3A%3A%3Abucket" : row.Level switch { ResourceLevel.Service => "/", ResourceLevel.Bucket => "/bucket", _ => "/bucket/key" };
            var query = string.Join('&', selectors.Where(selector => selector[0] != '@').Select(selector => selector.Contains('=') ? selector : selector + "=x"));
            var headers = string.Concat(selectors.Where(selector => selector[0] == '@').Select(selector => selector.Contains('/') ? $"Content-Type: {selector[1..]}\r\n" : $"{selector[1..]}: /b/k\r\n"));
            if (isOfTags) headers = $"{S3Control.AccountHeader}: 000000000000\r\n";
            var method = row.Method.ToString().ToUpperInvariant();
            // A client that waits to be told to send its body is not told.
            var body = method is "PUT" or "POST" ? "Content-Length: 10\r\nExpect: 100-continue\r\n" : "";
            var answer = await _server.SendAsync($"{method} {path}?{query} HTTP/1.1\r\nHost: h\r\n{headers}{body}\r\n", isHead: method == "HEAD");
            answer.Status.ShouldBe(403, row.Name.ToString());
            if (method != "HEAD") answer.Code.ShouldBe("AccessDenied", row.Name.ToString());
        }
        _put.Committed.ShouldBe(0);
    }

    // botocore does not send the body then, and would misread the next answer on the connection, even when the body is empty.
    [Theory]
    [InlineData(10)]
    [InlineData(0)]
    public async Task A_final_answer_instead_of_100_continue_closes_the_connection(int length)
    {
        var answer = await _server.SendAsync($"PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n");
        answer.Status.ShouldBe(403);
        answer.Header("Connection").ShouldBe("close");
    }

    [Fact]
    public async Task Invariant_9_with_a_wrong_signature_nothing_runs()
    {
        var request = Signed("PUT", "/b/k", "", "hello"u8.ToArray(), headers => headers["x-amz-acl"] = "private");
        var wrong = Encoding.Latin1.GetString(request).Replace("x-amz-acl: private", "x-amz-acl: public-read", StringComparison.Ordinal);
        (await _server.SendAsync(wrong)).Code.ShouldBe("SignatureDoesNotMatch");
        _put.Committed.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_token_that_was_never_given_out_is_refused()
    {
        var request = Signed("PUT", "/b/k", "", "hello"u8.ToArray(), headers => headers["x-amz-security-token"] = "stolen");
        (await _server.SendAsync(request)).Code.ShouldBe("InvalidToken");
        _put.Committed.ShouldBe(0);
    }

    [Theory]
    [InlineData("/b/k", "k")]
    [InlineData("/b/a//b/../%2Fc+d/", "a//b/..//c+d/")]
    [InlineData("/b/%E2%82%AC%20", "\u20AC ")]
    public async Task A_key_reaches_the_operation_exactly(string path, string key)
    {
        var answer = await _server.SendAsync(Signed("PUT", path.Replace("%2F", "/", StringComparison.Ordinal), "", "hello"u8.ToArray(), target: path));
        answer.Status.ShouldBe(200, answer.Body);
        answer.Header("x-test-key").ShouldBe(Uri.EscapeDataString(key));
    }

    [Fact]
    public async Task A_bucket_in_the_host_is_taken_and_the_path_is_the_key()
    {
        var answer = await _server.SendAsync(Signed("PUT", "/-/metrics", "", [], host: "photos.s3.test"));
        answer.Header("x-test-key").ShouldBe("-%2Fmetrics");
    }

    [Theory]
    [InlineData("none", 200, "")]
    [InlineData("hash", 400, "XAmzContentSHA256Mismatch")]
    [InlineData("md5", 400, "BadDigest")]
    [InlineData("md5 form", 400, "InvalidDigest")]
    [InlineData("checksum", 400, "BadDigest")]
    public async Task What_a_body_was_promised_to_be_is_verified_before_it_counts(string fault, int status, string code)
    {
        var body = "hello"u8.ToArray();
        var request = Signed("PUT", "/b/k", "", body, headers =>
        {
            headers["content-md5"] = fault == "md5 form" ? "abc" : Convert.ToBase64String(MD5.HashData(fault == "md5" ? "x"u8 : body));
            headers["x-amz-checksum-sha256"] = Convert.ToBase64String(SHA256.HashData(fault == "checksum" ? "x"u8 : body));
        });
        if (fault == "hash") request[^1] ^= 1;
        var answer = await _server.SendAsync(request);
        answer.Status.ShouldBe(status, answer.Body);
        answer.Code.ShouldBe(code);
        _put.Committed.ShouldBe(fault == "none" ? 1 : 0);
    }

    [Theory]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 1)]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 100_000)]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", 100_000)]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER", 100_000)]
    [InlineData("STREAMING-UNSIGNED-PAYLOAD-TRAILER", 0)]
    public async Task Chunked_bodies_arrive_whole_and_a_changed_one_never_counts(string signing, int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        foreach (var isDamaged in new[] { false, true })
        {
            if (isDamaged && length == 0) continue;
            var request = SignedChunks(signing, content);
            if (isDamaged) request[^300] ^= 1;
            var answer = await _server.SendAsync(request);
            answer.Status.ShouldBe(isDamaged ? (signing.Contains("UNSIGNED", StringComparison.Ordinal) ? 400 : 403) : 200, answer.Body);
            if (!isDamaged) _put.Last.ShouldBe(content);
        }
        _put.Committed.ShouldBe(1);
    }

    [Fact]
    public async Task After_a_body_that_is_not_what_was_promised_the_connection_is_closed()
    {
        var request = Signed("PUT", "/b/k", "", "hello"u8.ToArray());
        request[^1] ^= 1;
        var answer = await _server.SendAsync(request);
        answer.Code.ShouldBe("XAmzContentSHA256Mismatch");
        answer.Header("Connection").ShouldBe("close");
        (await _server.SendAsync(Signed("GET", "/b/absent", "", []))).Header("Connection").ShouldBeNull();
    }

    [Fact]
    public async Task An_upload_without_a_length_is_told_so()
    {
        var request = Encoding.Latin1.GetString(Signed("PUT", "/b/k", "", [])).Replace("content-length: 0\r\n", "", StringComparison.Ordinal);
        var answer = await _server.SendAsync(request);
        answer.Status.ShouldBe(411);
        answer.Code.ShouldBe("MissingContentLength");
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_taken()
    {
        var head = Encoding.Latin1.GetString(Signed("PUT", "/b/k", "", [], contentHash: "UNSIGNED-PAYLOAD")).Replace("content-length: 0\r\n", "transfer-encoding: chunked\r\n", StringComparison.Ordinal);
        (await _server.SendAsync(head + "5\r\nhello\r\n0\r\n\r\n")).Status.ShouldBe(200);
        _put.Last.ShouldBe("hello"u8.ToArray());
    }

    [Fact]
    public async Task A_body_that_breaks_off_never_counts()
    {
        using var connection = await _server.ConnectAsync();
        var request = Signed("PUT", "/b/k", "", new byte[1000], contentHash: "UNSIGNED-PAYLOAD");
        await connection.SendAsync(request.AsMemory(0, request.Length - 100));
        connection.Shutdown(SocketShutdown.Send);
        await RawAnswer.ReadAsync(connection);
        _put.Committed.ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5\r\nhello\r\n")]
    [InlineData("5\r\nhel")]
    [InlineData("5\r\nhello\r\n0\r\n")]
    [InlineData("5\r\nhello\r\nx\r\n\r\n")]
    public async Task Nor_does_one_of_unknown_length_without_its_end(string body)
    {
        var head = Encoding.Latin1.GetString(Signed("PUT", "/b/k", "", [], contentHash: "UNSIGNED-PAYLOAD")).Replace("content-length: 0\r\n", "transfer-encoding: chunked\r\n", StringComparison.Ordinal);
        using var connection = await _server.ConnectAsync();
        await connection.SendAsync(Encoding.Latin1.GetBytes(head + body));
        connection.Shutdown(SocketShutdown.Send);
        await RawAnswer.ReadAsync(connection);
        _put.Committed.ShouldBe(0);
    }

    [Fact]
    public async Task A_waiting_client_is_told_to_go_on_once_its_request_is_allowed()
    {
        using var connection = await _server.ConnectAsync();
        var request = Signed("PUT", "/b/k", "", "hello"u8.ToArray(), headers => headers["expect"] = "100-continue");
        await connection.SendAsync(request.AsMemory(0, request.Length - 5));
        (await RawAnswer.ReadAsync(connection)).Status.ShouldBe(100);
        await connection.SendAsync(request.AsMemory(request.Length - 5));
        (await RawAnswer.ReadAsync(connection)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("absent", 404, "NoSuchKey")]
    [InlineData("throws", 500, "InternalError")]
    [InlineData("fails", 503, "SlowDown")]
    public async Task Errors_are_xml_with_code_message_resource_and_request_id(string key, int status, string code)
    {
        var answer = await _server.SendAsync(Signed("GET", "/b/" + key, "", []));
        answer.Status.ShouldBe(status);
        answer.Header("Content-Type").ShouldBe("application/xml");
        answer.Header("Server").ShouldBe("ObjectStore");
        answer.Header("Date").ShouldNotBeNull();
        answer.Header("x-amz-id-2").ShouldNotBeNull();
        var root = XDocument.Parse(answer.Body).Root!;
        root.Element("Code")!.Value.ShouldBe(code);
        root.Element("Message")!.Value.ShouldNotBeEmpty();
        root.Element("Resource")!.Value.ShouldBe("/b/" + key);
        root.Element("RequestId")!.Value.ShouldBe(answer.Header("x-amz-request-id"));
        answer.Body.ShouldNotContain("inside of the server");

        var head = await _server.SendAsync(Signed("HEAD", "/b/" + key, "", []), isHead: true);
        head.Status.ShouldBe(status);
        head.Body.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("breaks")]
    [InlineData("short")]
    [InlineData("chunked")]
    public async Task Invariant_3_an_answer_that_cannot_be_finished_breaks_the_connection(string key)
    {
        var answer = await _server.SendAsync(Signed("GET", "/b/" + key, "", []));
        answer.IsClosed.ShouldBeTrue();
        answer.Body.ShouldNotContain("<Error>");
        // Not the end that a chunked body has.
        answer.Body.ShouldNotContain("0\r\n\r\n");
    }

    [Fact]
    public async Task Header_values_go_through_byte_by_byte()
    {
        var answer = await _server.SendAsync(Signed("GET", "/b/k", "", [], headers => headers["x-amz-meta-a"] = "caf\u00E9 \u00C3\u00A9"));
        answer.Status.ShouldBe(200, answer.Body);
        answer.Header("x-amz-meta-a").ShouldBe("caf\u00E9 \u00C3\u00A9");
    }

    [Fact]
    public async Task Documents_are_verified_and_bounded()
    {
        (await _server.SendAsync(Signed("POST", "/b", "delete", "<a/>"u8.ToArray()))).Body.ShouldBe("<a/>");
        var damaged = Signed("POST", "/b", "delete", "<a/>"u8.ToArray());
        damaged[^1] ^= 1;
        (await _server.SendAsync(damaged)).Code.ShouldBe("XAmzContentSHA256Mismatch");
        var tooLong = Encoding.Latin1.GetString(Signed("POST", "/b", "delete", [])).Replace("content-length: 0", "content-length: 9000000", StringComparison.Ordinal);
        (await _server.SendAsync(tooLong)).Code.ShouldBe("MaxMessageLengthExceeded");
    }

    [Theory]
    [InlineData("PATCH", "/b/k", 405, "MethodNotAllowed")]
    [InlineData("BREW", "/b", 405, "MethodNotAllowed")]
    [InlineData("DELETE", "/b?acl", 405, "MethodNotAllowed")]
    [InlineData("GET", "/b?acl&policy", 400, "InvalidArgument")]
    [InlineData("GET", "/b/%FF", 400, "InvalidURI")]
    [InlineData("GET", "//k", 400, "InvalidBucketName")]
    [InlineData("GET", "/-/nothing", 400, "InvalidBucketName")]
    [InlineData("OPTIONS", "*", 400, "InvalidURI")]
    public async Task Requests_that_are_no_call_of_s3_get_its_errors(string method, string target, int status, string code)
    {
        var answer = await _server.SendAsync($"{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n");
        answer.Status.ShouldBe(status, answer.Body);
        answer.Code.ShouldBe(code);
    }

    [Fact]
    public async Task What_is_not_built_says_so()
    {
        var answer = await _server.SendAsync(Signed("GET", "/b", "website", []));
        answer.Status.ShouldBe(501);
        answer.Code.ShouldBe("NotImplemented");
        answer.Body.ShouldContain("GetBucketWebsite");
    }

    [Fact]
    public async Task An_error_in_place_of_an_object_has_none_of_its_headers()
    {
        var answer = await _server.SendAsync(Signed("GET", "/b/unreadable", "", []));
        answer.Code.ShouldBe("SlowDown");
        foreach (var name in new[] { "ETag", "Last-Modified", "x-amz-meta-a", "x-amz-version-id", "Content-Range" })
            answer.Header(name).ShouldBeNull(name);
        answer.Header("Content-Type").ShouldBe("application/xml");
        answer.Header("x-amz-request-id").ShouldNotBeNull();
        answer.Header("x-amz-id-2").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("hello", 200, "")]
    [InlineData("other", 400, "BadDigest")]
    public async Task A_checksum_in_a_presigned_query_is_verified(string body, int status, string code)
    {
        var checksum = Uri.EscapeDataString(Convert.ToBase64String(SHA256.HashData("hello"u8)));
        var query = new TestSigner(TestServer.AccessKey, TestServer.SecretKey, DateTimeOffset.UtcNow).Presign("PUT", "/b/k", "x-amz-checksum-sha256=" + checksum, "h", "60");
        var answer = await _server.SendAsync($"PUT /b/k?{query} HTTP/1.1\r\nHost: h\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        answer.Status.ShouldBe(status, answer.Body);
        answer.Code.ShouldBe(code);
        _put.Committed.ShouldBe(status == 200 ? 1 : 0);
    }

    [Fact]
    public async Task A_name_in_a_presigned_query_that_no_header_can_have_is_refused()
    {
        var query = new TestSigner(TestServer.AccessKey, TestServer.SecretKey, DateTimeOffset.UtcNow).Presign("PUT", "/b/k", "x-amz-meta-a%0Ab=1", "h", "60");
        var answer = await _server.SendAsync($"PUT /b/k?{query} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        answer.Code.ShouldBe("InvalidArgument", answer.Body);
    }

    [Theory]
    [InlineData("done", "<Root>done</Root>")]
    [InlineData("refused", "<Error><Code>InvalidPart</Code>")]
    [InlineData("fails", "<Error><Code>InternalError</Code>")]
    public async Task A_slow_answer_reaches_the_client_as_white_space_and_then_the_outcome(string key, string outcome)
    {
        using var connection = await _server.ConnectAsync();
        await connection.SendAsync(Signed("POST", "/b/" + key, "uploadId=u", []));
        var answer = "";
        var buffer = new byte[4096];
        while (!answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var count = await connection.ReceiveAsync(buffer, limit.Token);
            if (count == 0) break;
            answer += Encoding.ASCII.GetString(buffer, 0, count);
        }
        answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answer.ShouldContain("Transfer-Encoding: chunked");
        answer.ShouldContain(outcome);
        answer.ShouldContain("\r\n1\r\n \r\n");
        // The connection is good for the next request.
        await connection.SendAsync(Signed("GET", "/b/k", "", []));
        (await RawAnswer.ReadAsync(connection)).Body.ShouldBe("hello");
    }

    [Fact]
    public async Task Health_and_metrics_need_no_signature()
    {
        (await _server.SendAsync("GET /-/health/live HTTP/1.1\r\nHost: h\r\n\r\n")).Status.ShouldBe(200);
        (await _server.SendAsync("GET /-/health/ready HTTP/1.1\r\nHost: h\r\n\r\n")).Status.ShouldBe(200);
        await _server.SendAsync(Signed("GET", "/b/k", "", []));
        (await _server.SendAsync("GET /-/metrics HTTP/1.1\r\nHost: h\r\n\r\n")).Body.ShouldContain("objectstore_s3_requests_total{operation=\"GetObject\",status=\"2xx\"} 1");
        _server.Health.Drain();
        var ready = await _server.SendAsync("GET /-/health/ready HTTP/1.1\r\nHost: h\r\n\r\n");
        ready.Status.ShouldBe(503);
        ready.Body.ShouldBe("stopping\n");
    }

    [Fact]
    public async Task A_stop_lets_requests_in_flight_end()
    {
        using var connection = await _server.ConnectAsync();
        await connection.SendAsync(Signed("GET", "/b/waits", "", []));
        await _get.Waits.Task.WaitAsync(TimeSpan.FromSeconds(60));
        var stop = _server.StopAsync(CancellationToken.None);
        stop.IsCompleted.ShouldBeFalse();
        _get.GoOn.SetResult();
        (await RawAnswer.ReadAsync(connection)).Status.ShouldBe(200);
        await stop.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static byte[] Signed(
        string method, string path, string query, byte[] body, Action<IHeaderDictionary>? add = null, string host = "h", string? contentHash = null, string? target = null)
    {
        IHeaderDictionary headers = new HeaderDictionary { ["host"] = host, ["content-length"] = body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        add?.Invoke(headers);
        // The tests change or drop the length; it is not signed.
        var length = headers["content-length"];
        headers.Remove("content-length");
        new TestSigner(TestServer.AccessKey, TestServer.SecretKey, DateTimeOffset.UtcNow).SignHeaders(
            method, path.Replace("+", "%2B", StringComparison.Ordinal), query, headers, contentHash ?? TestSigner.Hash(body));
        headers["content-length"] = length;
        return Request(method, (target ?? path) + (query.Length > 0 ? "?" + query : ""), headers, body);
    }

    private static byte[] SignedChunks(string signing, byte[] content)
    {
        var trailer = $"x-amz-checksum-sha256:{Convert.ToBase64String(SHA256.HashData(content))}";
        IHeaderDictionary headers = new HeaderDictionary
        {
            ["host"] = "h",
            ["x-amz-decoded-content-length"] = content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        if (signing.EndsWith("TRAILER", StringComparison.Ordinal)) headers["x-amz-trailer"] = "x-amz-checksum-sha256";
        var signer = new TestSigner(TestServer.AccessKey, TestServer.SecretKey, DateTimeOffset.UtcNow);
        var seed = signer.SignHeaders("PUT", "/b/k", "", headers, signing);
        var chunks = content.Chunk(65536).ToArray();
        var body = signing switch
        {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => signer.SignChunks(seed, chunks),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => signer.SignChunks(seed, chunks, trailer),
            _ => TestSigner.UnsignedChunks(chunks, trailer),
        };
        headers["content-length"] = body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Request("PUT", "/b/k", headers, body);
    }

    private static byte[] Request(string method, string target, IHeaderDictionary headers, byte[] body)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\n");
        foreach (var (name, values) in headers)
        {
            foreach (var value in values) head.Append(System.Globalization.CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body];
    }
}
