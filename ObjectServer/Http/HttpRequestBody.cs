using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Operations;

namespace ObjectStore.Server.Http;

/// <summary>A body that comes through the server's pipe, as it is or in the framing of aws-chunked or of a form. The first read lets a waiting client send it.</summary>
internal sealed class HttpRequestBody(Func<PipeReader> open, long? lengthBytes, IBodyDecoder? decoder, ExpectedDigests expected)
    : RequestBody(expected), IDisposable
{
    private PipeReader? _reader;
    private long _received;
    private bool _ended;

    public override long? LengthBytes => lengthBytes;

    /// <summary>Bytes of content that have been read.</summary>
    public long ReceivedBytes => _received;

    /// <summary>Whether a read was ever asked for.</summary>
    public bool IsTouched => _reader is not null;

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        // What follows the end of a form need never come.
        if (_ended || decoder is { IsOver: true }) return 0;
        try
        {
            var count = await FillAsync(destination, ct);
            _received += count;
            if (lengthBytes is null && _received > MaxBytes) throw new S3Exception(Uploads.TooLarge(_received, MaxBytes));
            return count;
        }
        catch (S3Exception exception)
        {
            throw Fail(exception.Error, exception);
        }
        catch (Exception exception) when (ErrorOf(exception) is { } error)
        {
            throw Fail(error, exception);
        }
    }

    public void Dispose() => decoder?.Dispose();

    /// <summary>Fills the destination to its end, or up to the body's: digests and stripes do not like small pieces.</summary>
    private async ValueTask<int> FillAsync(Memory<byte> destination, CancellationToken ct)
    {
        var reader = _reader ??= open();
        var filled = 0;
        while (true)
        {
            var result = await reader.ReadAsync(ct);
            var input = result.Buffer;
            try
            {
                filled += Take(ref input, destination.Span[filled..]);
            }
            finally
            {
                // With room left, all that there is was looked at, and only more of it can help.
                reader.AdvanceTo(input.Start, filled == destination.Length ? input.Start : input.End);
            }
            if (result.IsCanceled) throw new OperationCanceledException(ct);
            if (filled == destination.Length) return filled;
            if (decoder is { IsOver: true }) return filled;
            if (!result.IsCompleted) continue;
            if (filled == 0) End(input);
            return filled;
        }
    }

    private int Take(ref ReadOnlySequence<byte> input, Span<byte> destination)
    {
        if (decoder is not null) return decoder.Decode(ref input, destination);
        var count = (int)Math.Min(input.Length, destination.Length);
        input.Slice(0, count).CopyTo(destination);
        input = input.Slice(count);
        return count;
    }

    private void End(ReadOnlySequence<byte> rest)
    {
        decoder?.CheckEnd();
        if (!rest.IsEmpty) throw new S3Exception(S3ErrorCode.IncompleteBody);
        _ended = true;
    }

    /// <summary>What a client is told when its body could not be received; null for an exception that is about something else.</summary>
    internal static S3Error? ErrorOf(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => S3ErrorCode.RequestTimeout,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => S3ErrorCode.EntityTooLarge,
        ContentSourceException => null,
        IOException or ConnectionAbortedException => S3ErrorCode.IncompleteBody,
        _ => null,
    };
}
