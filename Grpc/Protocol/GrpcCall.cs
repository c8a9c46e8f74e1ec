using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace ObjectStore.Grpc.Protocol;

/// <summary>The messages of one call.</summary>
internal sealed class GrpcCall(HttpContext context, GrpcOptions options)
{
    private readonly PipeReader _reader = context.Request.BodyReader;
    private readonly bool _requestsAreGzip = context.Request.Headers["grpc-encoding"].ToString() == GrpcCompression.Gzip;
    private readonly bool _takesGzip = GrpcCompression.TakesGzip(context.Request.Headers["grpc-accept-encoding"].ToString());

    /// <summary>The next message; null when the client has sent its last.</summary>
    /// <exception cref="GrpcException">INTERNAL or RESOURCE_EXHAUSTED.</exception>
    public async ValueTask<T?> ReadAsync<T>(MessageParser<T> parser, CancellationToken ct)
        where T : class, IMessage<T>
    {
        var bytes = await GrpcFrames.ReadAsync(_reader, _requestsAreGzip, options.MaxRequestBytes, ct);
        if (bytes is not { } message) return null;
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"The request is no {typeof(T).Name}: {e.Message}", e);
        }
    }

    /// <summary>The one message of a call that takes exactly one.</summary>
    /// <exception cref="GrpcException">UNIMPLEMENTED for none or several, which is how gRPC calls a broken cardinality.</exception>
    public async ValueTask<T> ReadOnlyOneAsync<T>(MessageParser<T> parser, CancellationToken ct)
        where T : class, IMessage<T>
    {
        var message = await ReadAsync(parser, ct) ?? throw new GrpcException(GrpcStatusCode.Unimplemented, "The call needs one message, and none came.");
        if (await ReadAsync(parser, ct) is not null) throw new GrpcException(GrpcStatusCode.Unimplemented, "The call takes one message, and several came.");
        return message;
    }

    public async Task WriteAsync<T>(T message, CancellationToken ct)
        where T : IMessage<T>
    {
        var bytes = message.ToByteArray();
        Begin();
        var compress = _takesGzip && bytes.Length >= options.CompressFromBytes;
        GrpcFrames.Write(context.Response.BodyWriter, compress ? GrpcCompression.Compress(bytes) : bytes, compress);
        await context.Response.BodyWriter.FlushAsync(ct);
    }

    private void Begin()
    {
        var response = context.Response;
        if (response.HasStarted) return;
        response.ContentType = "application/grpc";
        response.Headers["grpc-accept-encoding"] = GrpcCompression.Accepted;
        // Said even when each message is plain: a message's own flag decides.
        if (_takesGzip) response.Headers["grpc-encoding"] = GrpcCompression.Gzip;
    }
}
