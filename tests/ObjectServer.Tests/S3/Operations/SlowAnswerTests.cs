using System.Diagnostics;
using System.Text;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Operations;

namespace ObjectStore.Server.Tests.S3.Operations;

public class SlowAnswerTests
{
    private static readonly S3OperationOptions Options = new("us-east-1") { KeepAliveAfter = TimeSpan.FromMilliseconds(20) };

    private static Task<Answer> RunAsync(Func<Task<Result<string>>> work) => RunAsync(_ => work());

    /// <param name="work">Gets what tells that the answer has begun.</param>
    private static async Task<Answer> RunAsync(Func<Func<Task>, Task<Result<string>>> work)
    {
        var (context, response) = OperationHarness.ContextFor("PUT", "/bucket/k");
        async Task BeganAsync()
        {
            for (var waited = Stopwatch.StartNew(); !response.HasStarted; await Task.Delay(1))
                waited.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
        }

        await SlowAnswer.SendAsync(context, Options, new ValueTask<Result<string>>(work(BeganAsync)),
            static (answered, value) => answered.Response.Headers["x-value"] = value,
            static (output, _, value) => Encoding.UTF8.GetBytes($"<Root>{value}</Root>", output), CancellationToken.None);
        await response.Body.CompleteAsync();
        return response.ToAnswer();
    }

    [Fact]
    public async Task A_quick_result_is_a_plain_answer()
    {
        var answer = await RunAsync(() => Task.FromResult(new Result<string>("v")));
        answer.Xml.ShouldBe("<Root>v</Root>");
        answer.Header("x-value").ShouldBe("v");
        answer.Header("Content-Length").ShouldNotBeNull();
    }

    [Fact]
    public async Task A_quick_refusal_has_its_status() =>
        (await RunAsync(() => Task.FromResult(new Result<string>(new Failure(ObjectFault.NoSuchUpload))))).Outcome.ShouldBe("404 NoSuchUpload");

    [Fact]
    public async Task A_slow_result_follows_white_space()
    {
        var answer = await RunAsync(async began =>
        {
            await began();
            return "v";
        });
        answer.Status.ShouldBe(200);
        answer.Xml.ShouldStartWith(" ");
        answer.Xml.TrimStart(' ').ShouldBe("<Root>v</Root>");
        answer.Header("Content-Length").ShouldBeNull();
    }

    [Fact]
    public async Task A_slow_refusal_is_an_error_in_the_body_of_200()
    {
        var answer = await RunAsync(async began =>
        {
            await began();
            return new Failure(ObjectFault.InvalidPart);
        });
        answer.Outcome.ShouldBe("200 InvalidPart");
        answer.Xml.TrimStart(' ').ShouldStartWith("<Error><Code>InvalidPart</Code>");
    }

    [Fact]
    public async Task A_slow_fault_is_told_too()
    {
        var answer = await RunAsync(async began =>
        {
            await began();
            throw new IOException("gone");
        });
        answer.Outcome.ShouldBe("200 InternalError");
    }
}
