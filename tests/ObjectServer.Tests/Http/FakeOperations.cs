using System.Buffers;
using System.Text;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Operations;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.ObjectServer.Tests.Http;

/// <summary>Takes an object as the object service would: reads to the end, then verifies.</summary>
[Handles(S3OperationName.PutObject)]
[Handles(S3OperationName.UploadPart)]
internal sealed class FakePut : IS3Operation
{
    public int Committed { get; private set; }

    public byte[] Last { get; private set; } = [];

    public async ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct)
    {
        var content = new MemoryStream();
        var buffer = new byte[777];
        int count;
        while ((count = await context.Body.ReadAsync(buffer, ct)) > 0) content.Write(buffer, 0, count);
        if (context.Body.Verify(DocumentDigests.Compute(context.Body.Digests, content.ToArray())) is { } failure)
        {
            await context.SendErrorAsync(S3FaultMap.Map(failure), ct);
            return;
        }
        Last = content.ToArray();
        Committed++;
        context.Response.Headers["x-test-key"] = Uri.EscapeDataString(context.Key!);
        context.SendEmpty(200);
    }
}

[Handles(S3OperationName.GetObject)]
[Handles(S3OperationName.HeadObject)]
internal sealed class FakeGet : IS3Operation
{
    /// <summary>Ended by a request of "waits" that has begun, which goes on when <see cref="GoOn"/> ends.</summary>
    public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct)
    {
        switch (context.Key)
        {
            case "absent":
                await context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchKey, null, ("Key", context.Key)), ct);
                break;
            case "throws":
                throw new InvalidOperationException("the inside of the server");
            case "fails":
                throw new S3Exception(S3ErrorCode.SlowDown);
            case "unreadable":
                context.Response.Headers.ETag = "\"e\"";
                context.Response.Headers.LastModified = "Thu, 01 Dec 2044 16:00:00 GMT";
                context.Response.Headers["x-amz-meta-a"] = "b";
                context.Response.Headers["x-amz-version-id"] = "v";
                context.Response.Headers.ContentRange = "bytes 0-1/2";
                context.Response.Headers.ContentType = "image/png";
                context.Response.Headers.ContentLength = 5;
                throw new S3Exception(S3ErrorCode.SlowDown);
            case "breaks":
                context.Response.Headers.ContentLength = 1000;
                await context.Response.Body.WriteAsync(new byte[500], ct);
                throw new S3Exception(S3ErrorCode.InternalError);
            case "short":
                context.Response.Headers.ContentLength = 1000;
                await context.Response.Body.WriteAsync(new byte[500], ct);
                break;
            case "chunked":
                await context.Response.Body.WriteAsync(new byte[500], ct);
                throw new InvalidOperationException("in the middle");
            case "waits":
                Waits.SetResult();
                await GoOn.Task.WaitAsync(ct);
                context.SendEmpty(200);
                break;
            default:
                context.Response.Headers.ContentLength = 5;
                context.Response.Headers["x-amz-meta-a"] = context.Header("x-amz-meta-a");
                if (!context.IsHead) await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes("hello"), ct);
                break;
        }
    }
}

/// <summary>The bucket "shared" lets the pages of one origin read; no other bucket has rules.</summary>
internal sealed class FakeCors : ICorsRules
{
    private static readonly CorsConfiguration Rules = new([new CorsRule { AllowedOrigins = ["https://app.test"], AllowedMethods = ["GET"], ExposeHeaders = ["ETag"] }]);

    public ValueTask<Result<CorsConfiguration>> FindAsync(string bucket, CancellationToken ct) =>
        ValueTask.FromResult(bucket == "shared" ? new Result<CorsConfiguration>(Rules) : ObjectFault.NoSuchConfiguration);
}

/// <summary>Says that it ran, for any row.</summary>
internal sealed class FakeAnything : IS3Operation
{
    public int Runs { get; private set; }

    public ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct)
    {
        Runs++;
        context.SendEmpty(200);
        return ValueTask.CompletedTask;
    }
}

[Handles(S3OperationName.DeleteObjects)]
internal sealed class FakeDocument : IS3Operation
{
    public async ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct)
    {
        var document = await context.Body.ReadDocumentAsync(RequestBody.MaxDocumentBytes, ct);
        await context.SendXmlAsync(200, document, ct);
    }
}

/// <summary>An answer that takes its time, told with white space.</summary>
[Handles(S3OperationName.CompleteMultipartUpload)]
internal sealed class FakeSlow : IS3Operation
{
    private static readonly S3OperationOptions Options = new("us-east-1") { KeepAliveAfter = TimeSpan.FromMilliseconds(20) };

    public ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct) => SlowAnswer.SendAsync(
        context, Options, WorkAsync(context, ct), static (_, _) => { }, static (output, _, value) => output.Write(Encoding.UTF8.GetBytes($"<Root>{value}</Root>")), ct);

    private static async ValueTask<Result<string>> WorkAsync(S3RequestContext context, CancellationToken ct)
    {
        while (!context.Response.HasStarted) await Task.Delay(1, ct);
        return context.Key == "refused" ? new Failure(ObjectFault.InvalidPart) : context.Key == "fails" ? throw new IOException("gone") : "done";
    }
}
