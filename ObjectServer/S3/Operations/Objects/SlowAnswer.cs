using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// Answers of calls that may take long. When the result is not there after a while, 200 and the XML declaration are sent, then
/// white space, then the document or, in its place, the error: clients of CompleteMultipartUpload and CopyObject look for it there.
/// Source: S3 API reference, CompleteMultipartUpload.
/// </summary>
internal static class SlowAnswer
{
    private static ReadOnlyMemory<byte> Declaration { get; } = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8.ToArray();

    private static ReadOnlyMemory<byte> Space { get; } = " "u8.ToArray();

    public static async ValueTask SendAsync<T>(
        S3RequestContext context,
        S3OperationOptions options,
        ValueTask<Result<T>> pending,
        Action<S3RequestContext, T> setHeaders,
        Action<IBufferWriter<byte>, S3RequestContext, T> writeRoot,
        CancellationToken ct)
    {
        var result = pending.AsTask();
        while (!await EndsWithinAsync(result, options, ct))
            await SendSpaceAsync(context, ct);

        using var document = new PooledBufferWriter(1024);
        if (context.Response.HasStarted)
        {
            WriteLate(document, context, await OutcomeAsync(result), writeRoot);
            await context.Response.Body.WriteAsync(document.WrittenMemory, ct);
            return;
        }

        var outcome = await result;
        if (!outcome.IsOk)
        {
            await context.SendFailureAsync(outcome.Failure, ct);
            return;
        }

        setHeaders(context, outcome.Value);
        document.Write(Declaration.Span);
        writeRoot(document, context, outcome.Value);
        await context.SendXmlAsync(StatusCodes.Status200OK, document.WrittenMemory, ct);
    }

    private static async ValueTask<bool> EndsWithinAsync(Task result, S3OperationOptions options, CancellationToken ct)
    {
        if (result.IsCompleted)
            return true;
        await Task.WhenAny(result, Task.Delay(options.KeepAliveAfter, options.Time, ct));
        ct.ThrowIfCancellationRequested();
        return result.IsCompleted;
    }

    private static async ValueTask SendSpaceAsync(S3RequestContext context, CancellationToken ct)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.Headers.ContentType = "application/xml";
            await context.Response.Body.WriteAsync(Declaration, ct);
        }

        await context.Response.Body.WriteAsync(Space, ct);
        await context.Response.Body.FlushAsync(ct);
    }

    // The status is sent already, so that also a fault is told in the body.
    private static async ValueTask<(Result<T> Result, S3Error? Error)> OutcomeAsync<T>(Task<Result<T>> result)
    {
        try
        {
            var outcome = await result;
            return (outcome, outcome.IsOk ? null : S3FaultMap.Map(outcome.Failure));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return (default, S3FaultMap.Map(fault));
        }
    }

    private static void WriteLate<T>(
        IBufferWriter<byte> document, S3RequestContext context, (Result<T> Result, S3Error? Error) outcome, Action<IBufferWriter<byte>, S3RequestContext, T> writeRoot)
    {
        if (outcome.Error is { } error)
            S3ErrorWriter.WriteElement(document, error.In(context.Dialect), context.Resource, context.RequestId, context.HostId);
        else
            writeRoot(document, context, outcome.Result.Value);
    }
}
