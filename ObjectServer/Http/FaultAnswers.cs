using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Http;

/// <summary>
/// Kestrel refuses what is no HTTP request (a bad request line, headers that are too large, a head that takes too long)
/// by itself, with an empty answer. This gives these answers the form of S3's errors. HTTP/1.1 only.
/// </summary>
internal static class FaultAnswers
{
    public static void Use(ListenOptions listen, RequestIds ids) => listen.Use(next => async connection =>
    {
        if (connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true)
        {
            await next(connection);
            return;
        }
        var presence = new RequestPresence();
        connection.Features.Set(presence);
        var transport = connection.Transport;
        using var output = new FaultWriter(transport.Output, presence, ids);
        connection.Transport = new Duplex(transport.Input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    });

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

/// <summary>Passes through what is written while a request is answered, and holds back and rewrites the rest.</summary>
internal sealed class FaultWriter(PipeWriter inner, RequestPresence presence, RequestIds ids) : PipeWriter, IDisposable
{
    private PooledBufferWriter? _held;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes + (_held?.WrittenMemory.Length ?? 0);

    private PooledBufferWriter Held => _held ??= new PooledBufferWriter(1024);

    public override Memory<byte> GetMemory(int sizeHint = 0) => presence.IsAnswering ? inner.GetMemory(sizeHint) : Held.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => presence.IsAnswering ? inner.GetSpan(sizeHint) : Held.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        if (presence.IsAnswering) inner.Advance(bytes);
        else Held.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        WriteHeld();
        return inner.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (presence.IsAnswering) return inner.WriteAsync(source, cancellationToken);
        Held.Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        WriteHeld();
        inner.Complete(exception);
    }

    public void Dispose() => _held?.Dispose();

    private void WriteHeld()
    {
        if (_held is not { WrittenMemory.Length: > 0 } held) return;
        _held = null;
        if (StatusOf(held.WrittenMemory.Span) is { } status) WriteError(ErrorOf(status));
        else inner.Write(held.WrittenMemory.Span);
        held.Dispose();
    }

    private void WriteError(S3Error error)
    {
        var requestId = ids.Next();
        using var body = new PooledBufferWriter(512);
        S3ErrorWriter.Write(body, error, null, requestId, ids.HostId);
        var status = S3ErrorTable.Row(error.Code).Status;
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} Bad Request\r\nContent-Type: application/xml\r\nContent-Length: {body.WrittenMemory.Length}\r\nConnection: close\r\n"
            + $"Server: ObjectStore\r\nx-amz-request-id: {requestId}\r\nx-amz-id-2: {ids.HostId}\r\n\r\n");
        Encoding.ASCII.GetBytes(head, inner);
        inner.Write(body.WrittenMemory.Span);
    }

    /// <summary>The status of an answer that is refused with; null for anything else.</summary>
    private static int? StatusOf(ReadOnlySpan<byte> answer) =>
        answer.Length > 12 && answer.StartsWith("HTTP/1."u8) && int.TryParse(answer.Slice(9, 3), CultureInfo.InvariantCulture, out var status) && status >= 400
            ? status
            : null;

    private static S3Error ErrorOf(int status) => status switch
    {
        408 => S3ErrorCode.RequestTimeout,
        413 => S3ErrorCode.EntityTooLarge,
        414 => new S3Error(S3ErrorCode.InvalidURI, "The request's target is too long."),
        431 => S3ErrorCode.RequestHeaderSectionTooLarge,
        505 => new S3Error(S3ErrorCode.BadRequest, "The version of HTTP is not supported."),
        _ => new S3Error(S3ErrorCode.BadRequest, "An error occurred when parsing the HTTP request."),
    };
}
