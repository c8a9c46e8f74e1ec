using System.IO.Compression;
using System.Net;
using System.Text;
using ObjectStore.Grpc.Protocol;

namespace ObjectStore.Grpc.Tests;

/// <summary>The bytes of the protocol: framing, status, deadlines, compression, and what is malformed.</summary>
public sealed class WireTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_unary_call_is_answered_with_one_message_and_status_0_in_trailers()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.CallAsync(EchoServer.Say, new EchoRequest { Text = "hello" });
        answer.HttpStatus.ShouldBe(HttpStatusCode.OK);
        answer.Code.ShouldBe(GrpcStatusCode.Ok);
        answer.Frames.ShouldHaveSingleItem().ShouldBe([0, 0, 0, 0, 7, 0x0a, 5, .. "hello"u8]);
        answer.Headers.GetValues("grpc-accept-encoding").ShouldBe(["identity,gzip"]);
    }

    [Fact]
    public async Task An_empty_message_is_a_message()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.CallAsync(EchoServer.Say, new byte[5]);
        answer.Code.ShouldBe(GrpcStatusCode.Ok);
        answer.Frames.ShouldHaveSingleItem().ShouldBe(new byte[5]);
    }

    [Fact]
    public async Task A_status_carries_its_message_percent_encoded()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.CallAsync(EchoServer.Say, new EchoRequest { Text = "100 % für\nalle", Status = 6 });
        answer.Code.ShouldBe(GrpcStatusCode.AlreadyExists);
        answer.Message.ShouldBe("100 %25 f%C3%BCr%0Aalle");
        answer.Frames.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/objectstore.tests.Echo/Nothing")]
    [InlineData("/objectstore.tests.Nobody/Say")]
    [InlineData("/objectstore.tests.Echo/Unhandled")]
    [InlineData("/")]
    public async Task An_unknown_method_is_unimplemented(string path)
    {
        await using var server = await EchoServer.StartAsync();
        (await server.CallAsync(path, new EchoRequest())).Code.ShouldBe(GrpcStatusCode.Unimplemented);
        server.Calls.ShouldHaveSingleItem().Method.ShouldBe("");
    }

    [Fact]
    public async Task What_is_no_grpc_gets_an_http_status()
    {
        await using var server = await EchoServer.StartAsync();
        (await server.CallAsync(EchoServer.Say, [], request => request.Content!.Headers.ContentType = new("application/json"))).HttpStatus.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await server.CallAsync(EchoServer.Say, [], request => request.Content!.Headers.ContentType = new("application/grpc-web"))).HttpStatus.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await server.CallAsync(EchoServer.Say, [], request => request.Method = HttpMethod.Put)).HttpStatus.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await server.CallAsync(EchoServer.Say, new byte[5], request => request.Content!.Headers.ContentType = new("application/grpc+proto"))).Code.ShouldBe(GrpcStatusCode.Ok);
    }

    [Theory]
    [InlineData("", GrpcStatusCode.Unimplemented)] // no message
    [InlineData("0000000000 0000000000", GrpcStatusCode.Unimplemented)] // two
    [InlineData("00000000", GrpcStatusCode.Internal)] // a prefix cut off
    [InlineData("0000000005 0a", GrpcStatusCode.Internal)] // a message cut off
    [InlineData("0200000000", GrpcStatusCode.Internal)] // neither plain nor compressed
    [InlineData("0100000000", GrpcStatusCode.Internal)] // compressed without a compression
    [InlineData("0000000002 0aff", GrpcStatusCode.Internal)] // no protobuf
    [InlineData("00ffffffff", GrpcStatusCode.ResourceExhausted)] // 4 GiB announced
    public async Task A_malformed_request_gets_the_status_that_the_protocol_names(string hex, GrpcStatusCode expected)
    {
        await using var server = await EchoServer.StartAsync();
        (await server.CallAsync(EchoServer.Say, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)))).Code.ShouldBe(expected);
        (await server.CallAsync(EchoServer.Say, new EchoRequest { Text = "still here" })).Code.ShouldBe(GrpcStatusCode.Ok);
    }

    [Fact]
    public async Task A_message_longer_than_the_bound_is_refused_and_one_of_that_length_is_not()
    {
        await using var server = await EchoServer.StartAsync(new GrpcOptions { MaxRequestBytes = 1003 });
        (await server.CallAsync(EchoServer.Say, new EchoRequest { Text = new string('x', 1000) })).Code.ShouldBe(GrpcStatusCode.Ok);
        (await server.CallAsync(EchoServer.Say, new EchoRequest { Text = new string('x', 1001) })).Code.ShouldBe(GrpcStatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task Gzip_goes_both_ways_and_cannot_be_a_bomb()
    {
        await using var server = await EchoServer.StartAsync(new GrpcOptions { MaxRequestBytes = 100_000, CompressFromBytes = 100 });
        var request = new EchoRequest { Text = new string('x', 50_000) };
        var answer = await server.CallAsync(EchoServer.Say, EchoServer.Frame(Gzip(Google.Protobuf.MessageExtensions.ToByteArray(request)), compressed: true), WithGzip);
        answer.Code.ShouldBe(GrpcStatusCode.Ok);
        answer.Headers.GetValues("grpc-encoding").ShouldBe(["gzip"]);
        var frame = answer.Frames.ShouldHaveSingleItem();
        frame[0].ShouldBe((byte)1);
        EchoResponse.Parser.ParseFrom(Gunzip(frame[5..])).Text.ShouldBe(request.Text);

        var bomb = EchoServer.Frame(Gzip(new byte[10_000_000]), compressed: true);
        bomb.Length.ShouldBeLessThan(100_000);
        (await server.CallAsync(EchoServer.Say, bomb, WithGzip)).Code.ShouldBe(GrpcStatusCode.ResourceExhausted);
        (await server.CallAsync(EchoServer.Say, EchoServer.Frame([1, 2, 3], compressed: true), WithGzip)).Code.ShouldBe(GrpcStatusCode.Internal);
    }

    [Fact]
    public async Task A_compression_that_is_not_spoken_is_unimplemented_and_the_answer_lists_those_that_are()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.CallAsync(EchoServer.Say, new EchoRequest(), request => request.Headers.Add("grpc-encoding", "snappy"));
        answer.Code.ShouldBe(GrpcStatusCode.Unimplemented);
        answer.Headers.GetValues("grpc-accept-encoding").ShouldBe(["identity,gzip"]);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_and_cancels_its_handler()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.CallAsync(EchoServer.Hang, new EchoRequest(), request => request.Headers.Add("grpc-timeout", "50m")).WaitAsync(Limit);
        answer.Code.ShouldBe(GrpcStatusCode.DeadlineExceeded);
        await server.HangCancelled.Task.WaitAsync(Limit);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("1")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    public async Task A_malformed_deadline_is_refused(string timeout)
    {
        await using var server = await EchoServer.StartAsync();
        (await server.CallAsync(EchoServer.Say, new EchoRequest(), request => request.Headers.Add("grpc-timeout", timeout))).Code.ShouldBe(GrpcStatusCode.Internal);
    }

    [Theory]
    [InlineData("1H", 3_600_000_000)]
    [InlineData("2M", 120_000_000)]
    [InlineData("3S", 3_000_000)]
    [InlineData("4m", 4_000)]
    [InlineData("5u", 5)]
    [InlineData("99999999H", 2_592_000_000_000)]
    public void A_deadline_has_digits_and_a_unit(string text, long microseconds)
    {
        GrpcTimeout.TryParse(text, out var timeout).ShouldBeTrue();
        timeout.ShouldBe(TimeSpan.FromMicroseconds(microseconds));
        GrpcTimeout.TryParse("1n", out var nanosecond).ShouldBeTrue();
        nanosecond.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_handler()
    {
        await using var server = await EchoServer.StartAsync();
        using var gone = new CancellationTokenSource();
        var call = server.CallAsync(EchoServer.Hang, EchoServer.Frame(new EchoRequest()), ct: gone.Token);
        await server.Hanging.Task.WaitAsync(Limit);
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(call);
        await server.HangCancelled.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_fault_inside_is_unknown_and_tells_the_client_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await server.CallAsync("/objectstore.tests.Echo/Fault", new EchoRequest { Text = "hunter2" });
        answer.Code.ShouldBe(GrpcStatusCode.Unknown);
        answer.Message.ShouldNotContain("hunter2");
        server.Calls.ShouldHaveSingleItem().Fault.ShouldBeOfType<InvalidOperationException>();
    }

    [Fact]
    public async Task Calls_beyond_the_bound_are_refused_until_one_ends()
    {
        await using var server = await EchoServer.StartAsync(new GrpcOptions { MaxConcurrentCalls = 1 });
        var first = server.CallAsync(EchoServer.Hang, new EchoRequest { Text = "first" });
        await server.Hanging.Task.WaitAsync(Limit);
        (await server.CallAsync(EchoServer.Say, new EchoRequest())).Code.ShouldBe(GrpcStatusCode.ResourceExhausted);
        server.Release.SetResult();
        (await first).Code.ShouldBe(GrpcStatusCode.Ok);
        (await server.CallAsync(EchoServer.Say, new EchoRequest())).Code.ShouldBe(GrpcStatusCode.Ok);
    }

    [Fact]
    public async Task Stopping_waits_for_the_calls_in_flight_and_removes_the_socket()
    {
        await using var server = await EchoServer.StartAsync();
        var call = server.CallAsync(EchoServer.Hang, new EchoRequest { Text = "last" });
        await server.Hanging.Task.WaitAsync(Limit);
        var stop = server.StopAsync();
        stop.IsCompleted.ShouldBeFalse();
        server.Release.SetResult();
        (await call).Code.ShouldBe(GrpcStatusCode.Ok);
        await stop.WaitAsync(Limit);
        File.Exists(server.SocketPath).ShouldBeFalse();
    }

    [Fact]
    public void Any_bytes_of_a_request_give_a_status()
    {
        // One server for all of them: what one request breaks, the next one would show.
        var server = EchoServer.StartAsync().GetAwaiter().GetResult();
        try
        {
            FsCheck.Fluent.Prop.ForAll<byte[]>(bytes =>
            {
                var answer = server.CallAsync(EchoServer.Say, bytes ?? []).WaitAsync(Limit).GetAwaiter().GetResult();
                return answer is { HttpStatus: HttpStatusCode.OK, Code: GrpcStatusCode.Ok or GrpcStatusCode.Internal or GrpcStatusCode.Unimplemented or GrpcStatusCode.ResourceExhausted };
            }).QuickCheckThrowOnFailureOf(300);
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    [Fact]
    public void A_long_message_is_cut_between_characters()
    {
        var encoded = GrpcMessageText.Encode(new string('x', 2047) + "é");
        encoded.ShouldBe(new string('x', 2047));
        Uri.UnescapeDataString(GrpcMessageText.Encode("é%\t")).ShouldBe("é%\t");
    }

    private static void WithGzip(HttpRequestMessage request)
    {
        request.Headers.Add("grpc-encoding", "gzip");
        request.Headers.Add("grpc-accept-encoding", "identity, gzip");
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return compressed.ToArray();
    }

    private static byte[] Gunzip(byte[] bytes)
    {
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress)) gzip.CopyTo(plain);
        return plain.ToArray();
    }
}

internal static class Checks
{
    public static void QuickCheckThrowOnFailureOf(this FsCheck.Property property, int count) =>
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count), property);
}
